#include "core/permissions/pattern.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "http/request.hpp"
#include "search/unicode.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kGlobs = "*?[]{}\\";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(std::string_view text, std::string_view extra) {
  return !text.empty() && std::ranges::all_of(text, [extra](char c) {
    return is_letter(c) || is_digit(c) || extra.contains(c);
  });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Whether the language of `outer` holds that of `inner`, both sequences of tokens of which some
/// stand for any number of others. `inner`'s tokens are read as symbols by an automaton whose
/// states are places in `outer`: time is the product of the lengths, whatever the patterns are.
template <typename Token, typename IsMany, typename Accepts>
bool sequence_covers(std::span<const Token> outer, std::span<const Token> inner, IsMany is_many,
                     Accepts accepts) {
  std::vector<char> states(outer.size() + 1, 0);
  const auto close = [&](std::vector<char>& reached) {
    for (std::size_t i = 0; i < outer.size(); ++i) {
      if (reached[i] != 0 && is_many(outer[i])) reached[i + 1] = 1;
    }
  };
  states[0] = 1;
  close(states);
  for (const auto& token : inner) {
    std::vector<char> next(states.size(), 0);
    for (std::size_t i = 0; i < outer.size(); ++i) {
      if (states[i] == 0) continue;
      if (is_many(outer[i])) {
        next[i] = 1;
      } else if (!is_many(token) && accepts(outer[i], token)) {
        next[i + 1] = 1;
      }
    }
    close(next);
    states = std::move(next);
  }
  return states.back() != 0;
}

enum class Globs { active, literal };

/// A character of a path's segment.
struct Glyph {
  enum class Kind : std::uint8_t { literal, one, many } kind = Kind::literal;
  char32_t character = 0;
};

/// A segment of a path; `**` has no glyphs and is any number of segments.
struct Segment {
  std::vector<Glyph> glyphs;
  bool is_deep = false;
};

Segment segment_of(std::string_view text, Globs globs) {
  Segment segment;
  if (globs == Globs::active && text == "**") {
    segment.is_deep = true;
    return segment;
  }
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = search::next_code_point(text, at);
    auto kind = Glyph::Kind::literal;
    if (globs == Globs::active && c == U'*') kind = Glyph::Kind::many;
    if (globs == Globs::active && c == U'?') kind = Glyph::Kind::one;
    segment.glyphs.push_back({kind, c});
  }
  return segment;
}

std::vector<Segment> segments_of(std::string_view path, Globs globs) {
  std::vector<Segment> segments;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    segments.push_back(segment_of(part, globs));
  }
  return segments;
}

bool glyphs_cover(const Segment& outer, const Segment& inner) {
  return sequence_covers<Glyph>(
      outer.glyphs, inner.glyphs, [](const Glyph& g) { return g.kind == Glyph::Kind::many; },
      [](const Glyph& a, const Glyph& b) {
        if (a.kind == Glyph::Kind::one) return true;
        return b.kind == Glyph::Kind::literal && a.character == b.character;
      });
}

bool segments_cover(std::span<const Segment> outer, std::span<const Segment> inner) {
  return sequence_covers<Segment>(
      outer, inner, [](const Segment& s) { return s.is_deep; }, glyphs_cover);
}

bool is_home_relative(std::string_view path) { return path == "~" || path.starts_with("~/"); }

std::string_view check_path(std::string_view text) {
  if (!is_home_relative(text) && !text.starts_with('/')) {
    return "A path starts with / or ~/.";
  }
  for (const auto part : split(text, '/')) {
    if (part == "..") return "A path may not go up with \"..\".";
    if (part != "**" && part.contains("**"))
      return "** stands for whole folders: /**/ or at the end.";
  }
  if (text.find_first_of("[]{}\\") != std::string_view::npos) {
    return "Only *, ? and ** are patterns in a path; [ ] { } and \\ are reserved.";
  }
  return {};
}

bool path_covers(std::string_view outer, std::string_view inner) {
  if (is_home_relative(outer) != is_home_relative(inner)) return false;
  return segments_cover(segments_of(outer, Globs::active), segments_of(inner, Globs::active));
}

bool is_path(std::string_view text) { return text.contains('/') || text.starts_with('~'); }

std::string_view check_program(std::string_view text) {
  if (is_path(text)) return check_path(text);
  return is_word(text, "._+-") ? std::string_view()
                               : "The name or the path of a program is wanted.";
}

bool program_covers(std::string_view outer, std::string_view inner) {
  if (is_path(outer) && is_path(inner)) return path_covers(outer, inner);
  return outer == inner;
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  return std::ranges::all_of(split(text, '.'), [](std::string_view label) {
    return label.size() <= 63 && is_word(label, "-") && label.front() != '-' && label.back() != '-';
  });
}

std::string_view check_host(std::string_view text) {
  if (text == "*" || is_network_tag(text)) return {};
  const auto name = text.starts_with("*.") ? text.substr(2) : text;
  if (is_host_name(name)) return {};
  return "A host such as api.example.com, *.example.com, *, or the word of a network tag is "
         "wanted.";
}

bool host_covers(std::string_view outer, std::string_view inner) {
  if (outer == "*") return true;
  if (is_network_tag(outer) || is_network_tag(inner)) return outer == inner;
  if (inner == "*") return false;
  if (!outer.starts_with("*.")) return http::equals_ignoring_case(outer, inner);
  const auto suffix = outer.substr(1);
  const auto name = inner.starts_with("*.") ? inner.substr(1) : inner;
  if (name.size() < suffix.size()) return false;
  // A name needs a label before the suffix; *.a.b covers *.a.b itself and *.c.a.b.
  if (name.size() == suffix.size() && !inner.starts_with("*.")) return false;
  return http::equals_ignoring_case(name.substr(name.size() - suffix.size()), suffix);
}

struct Connect {
  std::string_view host;
  std::string_view port;
};

std::optional<Connect> split_connect(std::string_view text) {
  constexpr std::string_view kVerb = "connect:";
  if (!text.starts_with(kVerb)) return std::nullopt;
  text.remove_prefix(kVerb.size());
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Connect{text.substr(0, colon), text.substr(colon + 1)};
}

std::string_view check_connect(std::string_view text) {
  const auto connect = split_connect(text);
  if (!connect || is_network_tag(connect->host)) {
    return "connect:<host>:<port> is wanted; the port may be *.";
  }
  if (const auto problem = check_host(connect->host); !problem.empty()) return problem;
  unsigned port = 0;
  const auto* const end = connect->port.data() + connect->port.size();
  const auto read = std::from_chars(connect->port.data(), end, port);
  const bool is_port = read.ec == std::errc{} && read.ptr == end && port > 0 && port < 65536 &&
                       connect->port.front() != '0';
  if (connect->port == "*" || is_port) return {};
  return "A port from 1 to 65535, or *, is wanted.";
}

bool connect_covers(std::string_view outer, std::string_view inner) {
  const auto a = split_connect(outer);
  const auto b = split_connect(inner);
  if (!a || !b || !host_covers(a->host, b->host)) return false;
  return a->port == "*" || a->port == b->port;
}

std::string_view check_variable(std::string_view text) {
  const auto name = text.ends_with('*') ? text.substr(0, text.size() - 1) : text;
  if (text == "*") return {};
  if (is_word(name, "_") && !is_digit(name.front())) return {};
  return "A variable's name is wanted; * may only be its end: AWS_*.";
}

/// `outer` is exact or ends in a star.
bool prefix_covers(std::string_view outer, std::string_view inner) {
  if (!outer.ends_with('*')) return outer == inner;
  return inner.starts_with(outer.substr(0, outer.size() - 1));
}

struct ToolPattern {
  std::string_view agent = "*";
  std::string_view tool = "*";
};

ToolPattern split_tool(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

std::string_view check_tool(std::string_view text) {
  constexpr std::string_view kWanted = "<agent id>/<tool>, */<tool> or <agent id>/* is wanted.";
  if (text == "*") return {};
  if (!text.contains('/')) return kWanted;
  const auto [agent, tool] = split_tool(text);
  const auto id = AgentId::parse_in_development(agent == "*" ? "any" : agent);
  if (!id || !ToolId::of(*id, tool == "*" ? "any" : tool)) return kWanted;
  return {};
}

bool tool_covers(std::string_view outer, std::string_view inner) {
  const auto a = split_tool(outer);
  const auto b = split_tool(inner);
  return (a.agent == "*" || a.agent == b.agent) && (a.tool == "*" || a.tool == b.tool);
}

std::string_view check_topic(std::string_view text) {
  if (text.contains('>')) return "> is reserved; * stands for one part of a topic.";
  for (const auto part : split(text, '.')) {
    if (part == "*" || is_word(part, "_-:")) continue;
    return "Words with dots between are wanted; * may only be a whole part.";
  }
  return {};
}

bool topics_cover(std::string_view outer, std::string_view inner, Globs inner_globs) {
  if (outer == "*") return true;
  if (inner == "*") return false;
  const auto a = split(outer, '.');
  const auto b = split(inner, '.');
  return std::ranges::equal(a, b, [inner_globs](std::string_view x, std::string_view y) {
    if (x == "*") return !y.empty() && (inner_globs == Globs::active || y != "*");
    return x == y;
  });
}

std::string_view check_scope(std::string_view text) {
  if (text == "*") return {};
  const auto name = text.ends_with(":*") ? text.substr(0, text.size() - 2) : text;
  if (!name.empty() && name.find_first_of(kGlobs) == std::string_view::npos) return {};
  return "A name is wanted; * may stand alone or at the end, after a colon.";
}

bool scope_covers(std::string_view outer, std::string_view inner) {
  if (outer == "*") return true;
  if (!outer.ends_with(":*")) return outer == inner;
  return inner.size() >= outer.size() && prefix_covers(outer, inner);
}

std::string_view check_process(std::string_view text) {
  const bool is_id = !text.empty() && text.size() <= 10 && std::ranges::all_of(text, is_digit);
  return text == "*" || is_id ? std::string_view() : "A process id, or *, is wanted.";
}

}  // namespace

bool is_network_tag(std::string_view host) {
  return is_word(host, "_-") && is_letter(host.front()) && host != "localhost";
}

std::string_view check_pattern(PatternKind kind, std::string_view text) {
  switch (kind) {
    case PatternKind::none:
    case PatternKind::fixed: return {};
    case PatternKind::path: return check_path(text);
    case PatternKind::program: return check_program(text);
    case PatternKind::host: return check_host(text);
    case PatternKind::connect: return check_connect(text);
    case PatternKind::variable: return check_variable(text);
    case PatternKind::tool: return check_tool(text);
    case PatternKind::topic: return check_topic(text);
    case PatternKind::scope: return check_scope(text);
    case PatternKind::process: return check_process(text);
  }
  return "unknown kind";
}

bool pattern_covers(PatternKind kind, std::string_view outer, std::string_view inner) {
  switch (kind) {
    case PatternKind::none:
    case PatternKind::fixed: return outer == inner;
    case PatternKind::path: return path_covers(outer, inner);
    case PatternKind::program: return program_covers(outer, inner);
    case PatternKind::host: return host_covers(outer, inner);
    case PatternKind::connect: return connect_covers(outer, inner);
    case PatternKind::variable:
    case PatternKind::process: return prefix_covers(outer, inner);
    case PatternKind::tool: return tool_covers(outer, inner);
    case PatternKind::topic: return topics_cover(outer, inner, Globs::active);
    case PatternKind::scope: return scope_covers(outer, inner);
  }
  return false;
}

bool path_matches(std::string_view pattern, std::string_view path) {
  return segments_cover(segments_of(pattern, Globs::active), segments_of(path, Globs::literal));
}

bool topic_matches(std::string_view pattern, std::string_view topic) {
  if (topic.empty()) return false;
  return topics_cover(pattern, topic, Globs::literal);
}

}  // namespace sovereign::core
