#include "http/query.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.hpp"
#include "http/request.hpp"

namespace sovereign::http {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The spellings that existing clients send.
std::optional<bool> parse_boolean(std::string_view text) {
  const auto lower = base::to_lower_ascii(text);
  for (const auto* yes : {"true", "1", "yes", "on", "t", "y"}) {
    if (lower == yes) return true;
  }
  for (const auto* no : {"false", "0", "no", "off", "f", "n"}) {
    if (lower == no) return false;
  }
  return std::nullopt;
}

json::Value convert(PairKind kind, const std::string& text) {
  if (kind == PairKind::boolean) {
    if (const auto value = parse_boolean(text)) return *value;
  } else if (kind == PairKind::integer) {
    if (const auto value = parse_number<std::int64_t>(text)) return *value;
  } else if (kind == PairKind::number) {
    if (const auto value = parse_number<double>(text)) return *value;
  }
  return json::Value(text);
}

void append_list(json::Object& document, std::string_view name, std::string_view text) {
  auto& member = document[name];
  if (!member.is_array()) member.emplace_array();
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto item = base::trim_ascii(text.substr(0, end));
    if (!item.empty()) member.get_array().emplace_back(item);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

Result<void> check_text(std::string_view name, std::string_view value) {
  if (!base::is_utf8(name) || !base::is_utf8(value)) {
    return base::fail(ErrorCode::malformed, "A parameter is not valid UTF-8.");
  }
  if (value.find('\0') != value.npos || name.find('\0') != name.npos) {
    return base::fail_field("/" + json::escape_pointer(name.substr(0, 64)), "nul",
                            "A string may not hold U+0000.");
  }
  return {};
}

/// The quoted or plain value of `attribute` in a header such as Content-Disposition.
std::optional<std::string_view> attribute_of(std::string_view header, std::string_view attribute) {
  for (std::size_t at = header.find(';'); at != header.npos;) {
    auto rest = base::trim_ascii(header.substr(at + 1));
    const auto equals = rest.find('=');
    if (equals == rest.npos) return std::nullopt;
    const auto name = base::trim_ascii(rest.substr(0, equals));
    auto value = base::trim_ascii(rest.substr(equals + 1));
    if (value.starts_with('"')) {
      const auto close = value.find('"', 1);
      if (close == value.npos) return std::nullopt;
      value = value.substr(1, close - 1);
    } else {
      value = base::trim_ascii(value.substr(0, value.find(';')));
    }
    if (equals_ignoring_case(name, attribute)) return value;
    at = header.find(';', static_cast<std::size_t>(value.data() - header.data()) + value.size());
  }
  return std::nullopt;
}

/// One part of a multipart body: its headers, an empty line, its content.
Result<std::pair<std::string, std::string>> parse_part(std::string_view part) {
  const auto headers_end = part.find("\r\n\r\n");
  std::optional<std::string_view> name;
  bool is_file = false;
  if (headers_end != part.npos) {
    auto headers = part.substr(0, headers_end);
    while (!headers.empty()) {
      const auto line = headers.substr(0, headers.find("\r\n"));
      headers.remove_prefix(std::min(line.size() + 2, headers.size()));
      if (!equals_ignoring_case(line.substr(0, line.find(':')), "content-disposition")) continue;
      name = attribute_of(line, "name");
      is_file = attribute_of(line, "filename").has_value();
    }
  }
  if (!name || is_file) {
    return base::fail(ErrorCode::malformed, "Each part of the form must be a named text field.");
  }
  return std::pair{std::string(*name), std::string(part.substr(headers_end + 4))};
}

}  // namespace

std::string media_type(std::string_view content_type) {
  return base::to_lower_ascii(base::trim_ascii(content_type.substr(0, content_type.find(';'))));
}

Result<Pairs> parse_pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    if (pairs.size() == kMaxPairs)
      return base::fail(ErrorCode::malformed, "There are too many parameters.");
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = base::percent_decode(pair.substr(0, equals), base::PlusSign::space);
    auto value =
        base::percent_decode(pair.substr(std::min(equals + 1, pair.size())), base::PlusSign::space);
    if (!name || !value) {
      return base::fail(ErrorCode::malformed,
                        "A parameter has a '%' that is not followed by two hexadecimal digits.");
    }
    if (auto checked = check_text(*name, *value); !checked) return Failure(checked.error());
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

Result<Pairs> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto boundary = attribute_of(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70) {
    return base::fail(ErrorCode::malformed, "The form has no boundary in its Content-Type.");
  }
  const std::string delimiter = "\r\n--" + std::string(*boundary);
  // The first delimiter has no line before it; give it one so that all look alike.
  const std::string text = "\r\n" + std::string(body);
  Pairs pairs;
  std::size_t at = text.find(delimiter);
  while (at != std::string::npos) {
    at += delimiter.size();
    if (std::string_view(text).substr(at).starts_with("--")) return pairs;
    const auto end = text.find(delimiter, at);
    if (end == std::string::npos || text.compare(at, 2, "\r\n") != 0 || pairs.size() == kMaxPairs)
      break;
    auto part = parse_part(std::string_view(text).substr(at + 2, end - at - 2));
    if (!part) return Failure(part.error());
    if (auto checked = check_text(part->first, part->second); !checked)
      return Failure(checked.error());
    pairs.push_back(std::move(*part));
    at = end;
  }
  return base::fail(ErrorCode::malformed, "The form's parts do not end as its Content-Type says.");
}

json::Object to_document(const Pairs& pairs, std::span<const PairField> fields) {
  json::Object document;
  for (const auto& [name, value] : pairs) {
    const auto field = std::ranges::find_if(fields, [&](const PairField& known) {
      return name == known.name || (!known.alias.empty() && name == known.alias);
    });
    if (field == fields.end()) continue;
    if (field->kind == PairKind::list) {
      append_list(document, field->name, value);
    } else if (!value.empty() || field->kind == PairKind::text) {
      document[field->name] = convert(field->kind, value);
    }
  }
  return document;
}

Error point_at_query(Error error) {
  for (auto& field : error.fields) {
    if (field.pointer.starts_with('/')) field.pointer[0] = '?';
  }
  return error;
}

}  // namespace sovereign::http
