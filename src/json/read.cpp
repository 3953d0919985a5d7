#include "json/read.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/encoding.hpp"

namespace sovereign::json {
namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

void wrong_type(Reader& reader, std::string_view wanted) {
  reader.problem("type", fmt::format("This must be {}.", wanted));
}

const boost::json::string* expect_string(Reader& reader, const Value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) wrong_type(reader, "a string");
  return text;
}

void check_range(Reader& reader, double number, const FieldOptions& options) {
  if (number < options.minimum) {
    reader.problem("too_small", fmt::format("This must be at least {}.", options.minimum));
  } else if (number > options.maximum) {
    reader.problem("too_large", fmt::format("This must be at most {}.", options.maximum));
  }
}

std::string unit(std::size_t count) {
  return fmt::format("{} character{}", count, count == 1 ? "" : "s");
}

}  // namespace

void Reader::problem(std::string_view code, std::string message) {
  if (errors_.size() >= kMaxFieldErrors) return;
  std::string pointer;
  for (const auto& step : path_) {
    pointer += '/';
    pointer += step.is_element ? std::to_string(step.index) : escape_pointer(step.name);
  }
  errors_.push_back({std::move(pointer), std::string(code), std::move(message)});
}

void read_into(Reader& reader, const Value& value, const FieldOptions& options, std::string& out) {
  std::string_view text;
  read_into(reader, value, options, text);
  out = text;
}

void read_into(Reader& reader, const Value& value, const FieldOptions& options,
               std::string_view& out) {
  const auto* text = expect_string(reader, value);
  if (text == nullptr) return;
  const std::size_t length = base::count_code_points(view(*text));
  if (length < options.min_length) {
    reader.problem(length == 0 ? "empty" : "too_short",
                   fmt::format("This must have at least {}.", unit(options.min_length)));
  } else if (length > options.max_length) {
    reader.problem("too_long", fmt::format("This must have at most {}.", unit(options.max_length)));
  } else if (options.rule != nullptr && !options.rule->accepts(view(*text))) {
    reader.problem(options.rule->code, std::string(options.rule->message));
  } else {
    out = view(*text);
  }
}

void read_into(Reader& reader, const Value& value, const FieldOptions&, bool& out) {
  if (!value.is_bool()) return wrong_type(reader, "true or false");
  out = value.get_bool();
}

void read_into(Reader& reader, const Value& value, const FieldOptions& options, std::int64_t& out) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it, readers disagree (RFC 7493).
  double number = 0;
  if (value.is_int64()) {
    number = static_cast<double>(value.get_int64());
  } else if (value.is_double() && std::trunc(value.get_double()) == value.get_double()) {
    number = value.get_double();
  } else {
    return wrong_type(reader, "a whole number");
  }
  if (std::abs(number) > kExact) return wrong_type(reader, "a whole number within 2^53");
  check_range(reader, number, options);
  out = static_cast<std::int64_t>(number);
}

void read_into(Reader& reader, const Value& value, const FieldOptions& options, double& out) {
  if (!value.is_number()) return wrong_type(reader, "a number");
  out = value.to_number<double>();
  check_range(reader, out, options);
}

void read_into(Reader& reader, const Value& value, const FieldOptions& options, Raw& out) {
  if (!value.is_object()) return wrong_type(reader, "an object");
  out.text = boost::json::serialize(value);
  if (out.text.size() > options.max_bytes) {
    reader.problem("too_long",
                   fmt::format("This must have at most {} bytes as JSON.", options.max_bytes));
  }
}

void read_into(Reader&, const Value& value, const FieldOptions&, Value& out) { out = value; }

void read_into(Reader& reader, const Value& value, const FieldOptions&, base::Uuid& out) {
  const auto* text = expect_string(reader, value);
  if (text == nullptr) return;
  const auto uuid = base::Uuid::parse(view(*text));
  if (!uuid) return reader.problem("format", "This must be a UUID.");
  out = *uuid;
}

void read_into(Reader& reader, const Value& value, const FieldOptions&, base::Timestamp& out) {
  const auto* text = expect_string(reader, value);
  if (text == nullptr) return;
  const auto time = base::parse_rfc3339(view(*text));
  if (!time)
    return reader.problem("format",
                          "This must be an RFC 3339 date-time, such as 2026-01-31T12:00:00Z.");
  out = *time;
}

void refuse_name(Reader& reader, std::span<const std::string_view> names) {
  reader.problem("not_allowed", fmt::format("This must be one of: {}.", fmt::join(names, ", ")));
}

const Array* expect_array(Reader& reader, const Value& value, const FieldOptions& options) {
  const Array* array = value.if_array();
  if (array == nullptr) {
    wrong_type(reader, "an array");
  } else if (array->size() > options.max_items) {
    reader.problem("too_many", fmt::format("This may have at most {} items.", options.max_items));
    return nullptr;
  }
  return array;
}

const Object* expect_object(Reader& reader, const Value& value) {
  const Object* object = value.if_object();
  if (object == nullptr) wrong_type(reader, "an object");
  return object;
}

void refuse_unknown(Reader& reader, const Object& object, std::span<const std::string_view> known) {
  for (const auto& member : object) {
    const std::string_view name{member.key().data(), member.key().size()};
    if (std::ranges::find(known, name) != known.end()) continue;
    reader.enter(name.substr(0, 64));
    reader.problem("unknown", "This member is not known here.");
    reader.leave();
  }
}

const Value* find_member(const Object& object, std::string_view name, std::string_view alias) {
  const Value* member = object.if_contains(name);
  return member == nullptr && !alias.empty() ? object.if_contains(alias) : member;
}

Failure to_failure(Reader& reader) {
  Error error{.code = ErrorCode::unprocessable,
              .detail = "The request has invalid fields; see errors."};
  error.fields = reader.take_errors();
  return Failure(std::move(error));
}

}  // namespace sovereign::json
