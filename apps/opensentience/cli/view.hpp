// A lenient look at an answer of the daemon: what is not there reads as empty, so that an older
// program can show a newer daemon's answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "json/parse.hpp"

namespace sovereign::opensentience {

/// Points into a json::Value, which must outlive it.
class View {
 public:
  View(const json::Value& value) : value_(&value) {}  // NOLINT: a view of a value is the value

  /// A member; nothing when there is none.
  View operator[](std::string_view name) const;
  bool exists() const { return value_ != nullptr && !value_->is_null(); }

  /// A string, printable; numbers and booleans as JSON says them; empty otherwise.
  std::string text() const;
  /// A string as it is, for requests.
  std::string raw() const;
  double number() const;
  bool flag() const;
  std::optional<base::Timestamp> time() const;
  std::vector<View> items() const;
  /// Strings of an array, printable, with `separator` in between.
  std::string joined(std::string_view separator = ", ") const;
  /// The value as JSON on one line, printable.
  std::string compact() const;
  /// The value as indented JSON, its strings printable.
  std::string pretty() const;

 private:
  View() = default;
  const json::Value* value_ = nullptr;
};

/// `value` as JSON with two blanks a level.
std::string pretty_json(const json::Value& value);
/// The same of the member `name` of the valid object `document`, printable and with its numbers as
/// they are written; empty when there is none.
std::string pretty_member(std::string_view document, std::string_view name);
std::string compact_member(std::string_view document, std::string_view name);

}  // namespace sovereign::opensentience
