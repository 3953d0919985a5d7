// From a parsed document to a typed value, by the type's field table. Every problem is reported,
// each with a pointer to its member, never with the rejected value.
#pragma once

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/uuid.hpp"
#include "json/parse.hpp"
#include "json/table.hpp"

namespace sovereign::json {

inline constexpr std::size_t kMaxFieldErrors = 20;  ///< Reported for one document.

/// Collects problems while a document is read; knows where in the document the reader is.
class Reader {
 public:
  const std::vector<base::FieldError>& errors() const { return errors_; }
  std::vector<base::FieldError> take_errors() { return std::move(errors_); }

  /// Into the member `name`, which must live until leave().
  void enter(std::string_view name) { push({.name = name}); }
  void enter(const char* name) { push({.name = name}); }
  void enter(std::string&& name) = delete;
  /// Into the element `index`.
  void enter(std::size_t index) { push({.index = index, .is_element = true}); }
  void leave() { path_.pop_back(); }
  /// Adds a problem at the present place.
  void problem(std::string_view code, std::string message);

 private:
  static constexpr std::size_t kUsualDepth = 8;

  // Escaped and joined only when there is a problem.
  struct Step {
    std::string_view name;
    std::size_t index = 0;
    bool is_element = false;
  };

  void push(Step step) {
    if (path_.empty()) path_.reserve(kUsualDepth);
    path_.push_back(step);
  }

  std::vector<Step> path_;
  std::vector<base::FieldError> errors_;
};

// Each reads `value` into `out` under `options`, or reports to `reader`.
void read_into(Reader& reader, const Value& value, const FieldOptions& options, std::string& out);
/// A view into `value`, as long as that lives.
void read_into(Reader& reader, const Value& value, const FieldOptions& options,
               std::string_view& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options, bool& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options, std::int64_t& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options, double& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options, Raw& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options, Value& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options, base::Uuid& out);
void read_into(Reader& reader, const Value& value, const FieldOptions& options,
               base::Timestamp& out);

template <typename Tag>
void read_into(Reader& reader, const Value& value, const FieldOptions& options,
               base::Id<Tag>& out) {
  read_into(reader, value, options, out.uuid);
}

/// Reports that `value` is not one of `names`.
void refuse_name(Reader& reader, std::span<const std::string_view> names);

template <Named E>
void read_into(Reader& reader, const Value& value, const FieldOptions&, E& out) {
  const auto* text = value.if_string();
  if (text != nullptr) {
    if (const auto found = value_of<E>(std::string_view(text->data(), text->size()))) {
      out = *found;
      return;
    }
  }
  std::vector<std::string_view> names;
  names.reserve(Names<E>::values.size());
  for (const auto& entry : Names<E>::values) names.push_back(entry.name);
  refuse_name(reader, names);
}

template <typename T>
void read_into(Reader& reader, const Value& value, const FieldOptions& options,
               std::optional<T>& out) {
  if (value.is_null()) {
    out.reset();
    return;
  }
  read_into(reader, value, options, out.emplace());
}

/// The array behind `value` if it is one within bounds, else reports and returns null.
const Array* expect_array(Reader& reader, const Value& value, const FieldOptions& options);
/// The object behind `value`, else reports and returns null.
const Object* expect_object(Reader& reader, const Value& value);

template <typename T>
void read_into(Reader& reader, const Value& value, const FieldOptions& options,
               std::vector<T>& out) {
  const Array* array = expect_array(reader, value, options);
  if (array == nullptr) return;
  out.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    reader.enter(i);
    read_into(reader, (*array)[i], options, out.emplace_back());
    reader.leave();
  }
}

/// Reports members of `object` that are not in `known`.
void refuse_unknown(Reader& reader, const Object& object, std::span<const std::string_view> known);

/// The member `name` or `alias`, null when it is absent.
const Value* find_member(const Object& object, std::string_view name, std::string_view alias);

template <Tabled T>
void read_into(Reader& reader, const Value& value, const FieldOptions&, T& out) {
  const Object* object = expect_object(reader, value);
  if (object == nullptr) return;
  for_each_field<T>([&](const auto& field) {
    const Value* member = find_member(*object, field.name, field.options.alias);
    reader.enter(field.name);
    if (member != nullptr) {
      read_into(reader, *member, field.options, out.*field.member);
    } else if (is_required(field)) {
      reader.problem("required", "This member is required.");
    }
    reader.leave();
  });
  if constexpr (Table<T>::members == Members::closed) {
    std::vector<std::string_view> known;
    for_each_field<T>([&](const auto& field) {
      known.push_back(field.name);
      if (!field.options.alias.empty()) known.push_back(field.options.alias);
    });
    refuse_unknown(reader, *object, known);
  }
}

/// Ends a read: the value, or an `unprocessable` error with every problem.
Failure to_failure(Reader& reader);

/// Reads a whole document.
template <Tabled T>
Result<T> read(const Value& document) {
  Reader reader;
  T out{};
  read_into(reader, document, {}, out);
  if (!reader.errors().empty()) return to_failure(reader);
  return out;
}

/// Parses and reads `text`.
template <Tabled T>
Result<T> read_text(std::string_view text) {
  const auto document = parse(text);
  if (!document) return Failure(document.error());
  return read<T>(*document);
}

}  // namespace sovereign::json
