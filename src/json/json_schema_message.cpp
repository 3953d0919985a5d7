#include "json/json_schema_message.hpp"

#include <fmt/format.h>

#include <array>

#include "json/write.hpp"

namespace sovereign::json::schema {
namespace {

constexpr std::size_t kMaxName = 128;  // Bytes of a member's name that a pointer shows.

struct Message {
  std::string_view keyword;
  std::string_view text;  ///< With {} where the bound goes, if there is one.
};

constexpr std::array kMessages = std::to_array<Message>({
    {"type", "This is of another type than the schema wants."},
    {"const", "This is not the one value that the schema allows."},
    {"enum", "This is none of the values that the schema allows."},
    {"minimum", "This must be at least {}."},
    {"maximum", "This must be at most {}."},
    {"exclusiveMinimum", "This must be more than {}."},
    {"exclusiveMaximum", "This must be less than {}."},
    {"multipleOf", "This is not a multiple of what the schema wants."},
    {"minLength", "This must have at least {} characters."},
    {"maxLength", "This must have at most {} characters."},
    {"pattern", "This does not match the pattern of the schema."},
    {"required", "This member is required."},
    {"dependentRequired", "This member is required beside another one that is there."},
    {"additionalProperties", "The schema knows no such member."},
    {"unevaluatedProperties", "The schema knows no such member."},
    {"propertyNames", "The schema does not allow this name."},
    {"minProperties", "This must have at least {} members."},
    {"maxProperties", "This must have at most {} members."},
    {"minItems", "This must have at least {} items."},
    {"maxItems", "This must have at most {} items."},
    {"uniqueItems", "No two items may be equal."},
    {"contains", "No item is as the schema wants at least one to be."},
    {"minContains", "Too few items are as the schema wants some to be."},
    {"maxContains", "Too many items are as the schema wants few to be."},
    {"unevaluatedItems", "The schema has no place for this item."},
    {"anyOf", "This matches none of the alternatives."},
    {"oneOf", "This must match exactly one of the alternatives."},
    {"not", "This is what the schema excludes."},
    {"false", "Nothing is allowed here."},
    {"too_complex", "Checking this against its schema takes too much work."},
});

std::string_view cut(std::string_view name) {
  if (name.size() <= kMaxName) return name;
  std::size_t end = kMaxName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

}  // namespace

std::string pointer_to(const Trail<true>& trail) {
  if (trail.up == nullptr) return {};
  std::string pointer = pointer_to(*trail.up);
  pointer += '/';
  pointer +=
      trail.index == SIZE_MAX ? escape_pointer(cut(trail.name)) : std::to_string(trail.index);
  return pointer;
}

std::string_view message_of(std::string_view keyword) {
  for (const auto& message : kMessages) {
    if (message.keyword == keyword) return message.text;
  }
  return "This is not as the schema wants it.";
}

std::string message_of(std::string_view keyword, const Value& bound) {
  return fmt::format(fmt::runtime(message_of(keyword)), to_text(bound));
}

}  // namespace sovereign::json::schema
