#include "json/parse.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/encoding.hpp"

namespace sovereign::json {
namespace {

namespace bj = boost::json;

/// What is JSON, but not I-JSON.
enum class Refusal { none, duplicate_member, number_range, too_many_values };

/// Builds the document and watches for repeated names, which the library would merge silently.
class StrictHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  explicit StrictHandler(bj::storage_ptr storage) : stack_(storage) {
    stack_.reset(storage);
    name_hashes_.reserve(kUsualNames);
    object_starts_.reserve(kUsualObjects);
  }

  Value release() { return stack_.release(); }
  Refusal refusal() const { return refusal_; }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_array_begin(bj::error_code& error) { return count(error); }
  bool on_array_end(std::size_t n, bj::error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_object_begin(bj::error_code& error) {
    object_starts_.push_back(name_hashes_.size());
    return count(error);
  }
  bool on_object_end(std::size_t n, bj::error_code& error) {
    const auto first = name_hashes_.begin() + static_cast<std::ptrdiff_t>(object_starts_.back());
    std::sort(first, name_hashes_.end());
    const bool repeated = std::adjacent_find(first, name_hashes_.end()) != name_hashes_.end();
    name_hashes_.resize(object_starts_.back());
    object_starts_.pop_back();
    if (repeated) return refuse(Refusal::duplicate_member, error);
    stack_.push_object(n);
    return true;
  }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    name_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code&) {
    name_.append(part.data(), part.size());
    name_hashes_.push_back(std::hash<std::string_view>{}(name_));
    name_.clear();
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code& error) {
    stack_.push_string(part);
    return count(error);
  }
  bool on_number_part(bj::string_view part, bj::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, bj::string_view, bj::error_code& error) {
    number_.clear();
    stack_.push_int64(value);
    return count(error);
  }
  bool on_uint64(std::uint64_t value, bj::string_view, bj::error_code& error) {
    number_.clear();
    stack_.push_uint64(value);
    return count(error);
  }
  bool on_double(double, bj::string_view part, bj::error_code& error) {
    // The library's conversion may be off by a few units in the last place; strtod is exact.
    number_.append(part.data(), part.size());
    const double value = std::strtod(number_.c_str(), nullptr);
    number_.clear();
    if (!std::isfinite(value)) return refuse(Refusal::number_range, error);
    stack_.push_double(value);
    return count(error);
  }
  bool on_bool(bool value, bj::error_code& error) {
    stack_.push_bool(value);
    return count(error);
  }
  bool on_null(bj::error_code& error) {
    stack_.push_null();
    return count(error);
  }
  bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
  bool on_comment(bj::string_view, bj::error_code&) { return true; }

 private:
  bool count(bj::error_code& error) {
    return ++values_ <= kMaxValues || refuse(Refusal::too_many_values, error);
  }
  bool refuse(Refusal refusal, bj::error_code& error) {
    refusal_ = refusal;
    error = bj::error::extra_data;
    return false;
  }

  // Open at one time; one allocation each for a short document.
  static constexpr std::size_t kUsualNames = 32;
  static constexpr std::size_t kUsualObjects = 8;

  bj::value_stack stack_;
  std::string name_;
  std::string number_;
  std::vector<std::size_t> name_hashes_;
  std::vector<std::size_t> object_starts_;
  std::size_t values_ = 0;
  Refusal refusal_ = Refusal::none;
};

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::string_view view(const bj::string& text) { return {text.data(), text.size()}; }

/// The pointer to the first string or name that holds U+0000.
std::optional<std::string> find_nul(const Value& value, const std::string& pointer) {
  if (const auto* text = value.if_string()) {
    if (has_nul(view(*text))) return pointer;
  } else if (const auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (auto found = find_nul((*array)[i], fmt::format("{}/{}", pointer, i))) return found;
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      const std::string_view name{member.key().data(), member.key().size()};
      if (has_nul(name)) return pointer;
      if (auto found = find_nul(member.value(), pointer + '/' + escape_pointer(name))) return found;
    }
  }
  return std::nullopt;
}

Failure refuse(bj::error_code error, std::size_t offset, Refusal refusal) {
  if (refusal == Refusal::duplicate_member) {
    return base::fail_field(
        "", "duplicate_member",
        fmt::format("A member name is repeated in the object that ends at byte {}.", offset));
  }
  if (refusal == Refusal::number_range) {
    return base::fail_field("", "number_range",
                            fmt::format("The number at byte {} is out of range.", offset));
  }
  if (refusal == Refusal::too_many_values) {
    return base::fail_field("", "too_many_values",
                            fmt::format("A document may hold {} values.", kMaxValues));
  }
  if (error == bj::error::too_deep) {
    return base::fail_field(
        "", "too_deep", fmt::format("Arrays and objects may be nested {} levels deep.", kMaxDepth));
  }
  return base::fail(ErrorCode::malformed, fmt::format("The body is not valid JSON: {} at byte {}.",
                                                      error.message(), offset));
}

// raw_member works on text that parse() has accepted, so it need not look for errors.

std::size_t skip_space(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

/// `at` is on the opening quote; the result is just past the closing one.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

std::size_t skip_value(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      --depth;
      ++at;
    } else if (depth == 0 && c == ',') {
      return at;
    } else {
      ++at;
      continue;
    }
    if (depth == 0) return at;
  }
  return at;
}

}  // namespace

std::string escape_pointer(std::string_view token) {
  std::string escaped;
  for (const char c : token) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

Result<Value> parse(std::string_view text, bj::storage_ptr storage) {
  if (!base::is_utf8(text)) return base::fail(ErrorCode::malformed, "The body is not valid UTF-8.");
  bj::parse_options options;
  options.max_depth = static_cast<std::uint8_t>(kMaxDepth);
  bj::basic_parser<StrictHandler> parser(options, std::move(storage));
  bj::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = bj::error::extra_data;
  if (error) return refuse(error, read, parser.handler().refusal());
  Value value = parser.handler().release();
  // A raw NUL is a syntax error already, so only its escape can bring one in.
  if (text.find("\\u0000") != std::string_view::npos) {
    if (auto pointer = find_nul(value, "")) {
      return base::fail_field(std::move(*pointer), "nul",
                              "A string may not hold U+0000 (\\u0000). Leave it out, or send bytes "
                              "in base64.");
    }
  }
  return value;
}

RawMembers::RawMembers(std::string_view document)
    : document_(document), at_(skip_space(document, 0)) {
  at_ = at_ < document.size() && document[at_] == '{' ? at_ + 1 : document.size();
}

std::optional<RawMember> RawMembers::next() {
  at_ = skip_space(document_, at_);
  if (at_ < document_.size() && document_[at_] == ',') at_ = skip_space(document_, at_ + 1);
  if (at_ >= document_.size() || document_[at_] != '"') return std::nullopt;
  const std::size_t name_end = skip_string(document_, at_);
  const std::string_view name = document_.substr(at_ + 1, name_end - at_ - 2);
  const std::size_t begin = skip_space(document_, skip_space(document_, name_end) + 1);
  at_ = skip_value(document_, begin);
  return RawMember{name, base::trim_ascii(document_.substr(begin, at_ - begin))};
}

std::optional<std::string_view> raw_member(std::string_view document, std::string_view name) {
  RawMembers members(document);
  while (const auto member = members.next()) {
    if (member->name == name) return member->value;
  }
  return std::nullopt;
}

}  // namespace sovereign::json
