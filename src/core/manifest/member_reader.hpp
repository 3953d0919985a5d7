// Reads members of one object of a manifest, noting what is wrong with each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest/manifest.hpp"
#include "core/plain_text.hpp"
#include "json/parse.hpp"

namespace sovereign::core {

/// At most kLimit problems are kept; the first are the ones that matter.
class Problems {
 public:
  static constexpr std::size_t kLimit = 100;

  void add(ManifestProblem problem);
  bool has_errors() const { return has_errors_; }
  std::vector<ManifestProblem> take() { return std::move(list_); }

 private:
  std::vector<ManifestProblem> list_;
  bool has_errors_ = false;
};

struct TextRule {
  std::size_t max_bytes = 200;
  Lines lines = Lines::one;
};

struct ListRule {
  std::size_t max_items = 100;
  std::size_t max_bytes = 100;  ///< Of each.
};

/// A required member that is wrong is an error, an optional one a warning; either way it reads as
/// empty.
enum class Presence { required, optional };

class MemberReader {
 public:
  /// All must outlive it. `pointer` is that of `object`.
  MemberReader(const json::Object& object, std::string pointer, Problems& problems)
      : object_(object), pointer_(std::move(pointer)), problems_(problems) {}

  /// Not empty when required; control characters are refused.
  std::string text(std::string_view name, Presence presence, TextRule rule);
  /// Strings, none empty; an item that is wrong is left out.
  std::vector<std::string> texts(std::string_view name, Presence presence, ListRule rule);
  /// http or https, 2000 bytes at most; optional.
  std::string web_address(std::string_view name);
  /// An amount, given as text or as a whole number; optional.
  template <typename Parse>
  std::optional<Quantity> quantity(std::string_view name, Parse parse);
  /// A whole number above zero; optional.
  std::optional<Quantity> count(std::string_view name);
  const json::Object* object(std::string_view name, Presence presence);
  const json::Array* array(std::string_view name, Presence presence, std::size_t max_items);

  const json::Value* find(std::string_view name) const;
  std::string pointer_to(std::string_view name) const;
  void problem(std::string_view name, std::string_view code, std::string message,
               ProblemSeverity severity);

 private:
  /// Null, and noted when required, unless the member is there.
  const json::Value* expect(std::string_view name, Presence presence);
  void invalid(std::string_view name, Presence presence, std::string message);
  std::optional<std::string> amount_text(std::string_view name);

  const json::Object& object_;
  std::string pointer_;
  Problems& problems_;
};

template <typename Parse>
std::optional<Quantity> MemberReader::quantity(std::string_view name, Parse parse) {
  auto text = amount_text(name);
  if (!text) return std::nullopt;
  const auto value = parse(*text);
  if (!value) {
    invalid(name, Presence::optional, "This is no amount with a unit that is known here.");
    return std::nullopt;
  }
  return Quantity{*value, std::move(*text)};
}

}  // namespace sovereign::core
