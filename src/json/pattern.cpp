#include "json/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace sovereign::json {
namespace {

constexpr std::int64_t kMostMemory = 256 * 1024;  // Of one pattern's program and its state cache.

// ECMA-262's white space and line terminators, and all other code points.
constexpr std::string_view kSpaces =
    R"(\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view kNoSpaces =
    R"(\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027})"
    R"(\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";

/// The long names of general categories (Unicode's PropertyValueAliases).
constexpr std::array<std::pair<std::string_view, std::string_view>, 38> kCategories = {{
    {"Letter", "L"},
    {"Cased_Letter", "LC"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Other", "C"},
    {"Control", "Cc"},
    {"Format", "Cf"},
    {"Private_Use", "Co"},
}};

Failure refuse(std::string message) { return base::fail_field("", "pattern", std::move(message)); }

/// Reads the pattern left to right; what needs no change is copied.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  Result<std::string> run() {
    while (!rest_.empty() && problem_.empty()) step(take());
    if (!problem_.empty()) return refuse(std::move(problem_));
    return std::move(out_);
  }

 private:
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool take_if(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }
  void code_point(std::uint32_t value) {
    fmt::format_to(std::back_inserter(out_), "\\x{{{:x}}}", value);
  }

  void step(char c) {
    if (c == '\\') {
      escape();
    } else if (in_class_) {
      step_in_class(c);
    } else if (c == '[') {
      open_class();
    } else if (c == '(') {
      open_group();
    } else if (c == '.') {
      out_ += R"([^\n\r\x{2028}\x{2029}])";
    } else {
      out_ += c;
    }
  }

  void step_in_class(char c) {
    if (c == ']') in_class_ = false;
    // RE2 would read [:alpha:] as a class of its own.
    if (c == '[') out_ += '\\';
    out_ += c;
  }

  void open_class() {
    if (take_if("^]")) {
      out_ += "(?s:.)";
    } else if (take_if("]")) {
      out_ += R"([^\x{0}-\x{10ffff}])";
    } else {
      in_class_ = true;
      out_ += take_if("^") ? "[^" : "[";
    }
  }

  void open_group() {
    if (take_if("?:")) {
      out_ += "(?:";
    } else if (rest_.starts_with("?=") || rest_.starts_with("?!") || rest_.starts_with("?<=") ||
               rest_.starts_with("?<!")) {
      problem_ = "Look-around is not supported in patterns.";
    } else if (take_if("?<")) {
      const auto end = rest_.find('>');
      if (end == std::string_view::npos) {
        problem_ = "A group's name does not end.";
        return;
      }
      rest_.remove_prefix(end + 1);
      out_ += '(';
    } else if (rest_.starts_with("?")) {
      problem_ = "The pattern has a group that ECMA-262 does not know.";
    } else {
      out_ += '(';
    }
  }

  void escape() {
    if (rest_.empty()) {
      problem_ = "The pattern ends in a backslash.";
      return;
    }
    const char c = take();
    switch (c) {
      case 's': out_ += in_class_ ? std::string(kSpaces) : fmt::format("[{}]", kSpaces); return;
      case 'S': out_ += in_class_ ? std::string(kNoSpaces) : fmt::format("[{}]", kNoSpaces); return;
      case 'b': out_ += in_class_ ? "\\x{8}" : "\\b"; return;
      case 'B':
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 't':
      case 'n':
      case 'v':
      case 'f':
      case 'r': out_.append({'\\', c}); return;
      case 'c': return control();
      case 'x': return hexadecimal(2);
      case 'u': return unicode();
      case 'p':
      case 'P': return property(c);
      case '0': return code_point(0);
      default: return identity(c);
    }
  }

  void identity(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (c >= '1' && c <= '9') {
      problem_ = "Back-references are not supported in patterns.";
    } else if (c == 'k') {
      problem_ = "Back-references are not supported in patterns.";
    } else if (std::isalpha(byte) != 0) {
      problem_ = fmt::format("The pattern has an escape \\{} that ECMA-262 does not know.", c);
    } else if (byte >= 0x80 || c == '_' || c == ' ') {
      out_ += c;
    } else {
      out_.append({'\\', c});
    }
  }

  void control() {
    if (rest_.empty() || std::isalpha(static_cast<unsigned char>(rest_.front())) == 0) {
      problem_ = "\\c must be followed by a letter.";
      return;
    }
    code_point(static_cast<std::uint32_t>(take()) % 32);
  }

  std::optional<std::uint32_t> digits(std::size_t count) {
    std::uint32_t value = 0;
    const auto text = rest_.substr(0, count);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || text.size() != count || end != text.data() + text.size()) {
      problem_ = "The pattern has an escape without its hexadecimal digits.";
      return std::nullopt;
    }
    rest_.remove_prefix(count);
    return value;
  }

  void hexadecimal(std::size_t count) {
    if (const auto value = digits(count)) code_point(*value);
  }

  void unicode() {
    if (take_if("{")) {
      const auto end = rest_.find('}');
      if (end == 0 || end > 6) {
        problem_ = "The pattern has an escape without its hexadecimal digits.";
        return;
      }
      hexadecimal(end);
      if (!rest_.empty()) rest_.remove_prefix(1);
      return;
    }
    const auto high = digits(4);
    if (!high) return;
    if (*high >= 0xd800 && *high < 0xdc00 && take_if("\\u")) {
      if (const auto low = digits(4))
        code_point(0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
      return;
    }
    code_point(*high);
  }

  void property(char c) {
    const auto end = rest_.find('}');
    if (!rest_.starts_with("{") || end == std::string_view::npos) {
      problem_ = "\\p must name a property in braces.";
      return;
    }
    auto name = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    for (const std::string_view prefix :
         {"General_Category=", "gc=", "Script=", "sc=", "Script_Extensions=", "scx="}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    for (const auto& [category, code] : kCategories) {
      if (name == category) name = code;
    }
    if (name == "LC") {
      out_ += in_class_ ? R"(\p{Lu}\p{Ll}\p{Lt})" : R"([\p{Lu}\p{Ll}\p{Lt}])";
    } else {
      fmt::format_to(std::back_inserter(out_), "\\{}{{{}}}", c, name);
    }
  }

  std::string_view rest_;
  std::string out_;
  std::string problem_;
  bool in_class_ = false;
};

}  // namespace

Result<std::string> translate_pattern(std::string_view pattern) {
  return Translator(pattern).run();
}

Pattern::Pattern(std::unique_ptr<re2::RE2> engine) : engine_(std::move(engine)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view pattern) {
  const auto translated = translate_pattern(pattern);
  if (!translated) return Failure(translated.error());
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMostMemory);
  auto engine = std::make_unique<re2::RE2>(*translated, options);
  if (engine->ok()) return Pattern(std::move(engine));
  return engine->error_code() == re2::RE2::ErrorPatternTooLarge
             ? refuse("The pattern is too large.")
             : refuse("The pattern is not a regular expression we know.");
}

bool Pattern::matches(std::string_view text) const {
  return engine_->Match({text.data(), text.size()}, 0, text.size(), re2::RE2::UNANCHORED, nullptr,
                        0);
}

std::size_t Pattern::size() const { return static_cast<std::size_t>(engine_->ProgramSize()); }

}  // namespace sovereign::json
