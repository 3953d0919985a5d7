// Where things are in a schema document: its resources (parts with an $id of their own), anchors,
// and what a reference leads to. Only what the document itself holds is ever found.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "json/parse.hpp"

namespace sovereign::json::schema {

enum class Draft { draft7, draft2020_12 };

/// The draft that `$schema` names; `unprocessable` for others.
Result<Draft> draft_of(const Value& schema);

/// A subschema and the resource that it belongs to.
struct Place {
  const Value* schema = nullptr;
  std::uint32_t resource = 0;
  /// The dynamic anchor through which it was found.
  std::optional<std::uint32_t> dynamic_anchor = std::nullopt;
};

class SchemaIndex {
 public:
  /// Walks `root`, which must outlive this.
  static Result<SchemaIndex> build(const Value& root, Draft draft);

  Draft draft() const { return draft_; }
  Place root() const { return {root_, 0}; }

  /// The resource of a subschema that the walk has met, else `parent`, that of what holds it.
  std::uint32_t resource_of(const Value& schema, std::uint32_t parent) const;

  /// Where `reference`, written in `resource`, leads; nullopt out of the document.
  std::optional<Place> resolve(std::uint32_t resource, std::string_view reference) const;

  /// All dynamic anchors of one name.
  std::vector<Place> dynamic_anchors(std::uint32_t name) const;

 private:
  struct Resource {
    std::string uri;
    const Value* schema = nullptr;
  };
  using AnchorKey = std::pair<std::uint32_t, std::string>;  // Resource and name.

  SchemaIndex(const Value& root, Draft draft) : root_(&root), draft_(draft) {}

  Result<void> walk(const Value& schema, std::uint32_t resource, const std::string& pointer);
  Result<void> walk_children(const Object& schema, std::uint32_t resource,
                             const std::string& pointer);
  Result<std::uint32_t> enter(const Value& schema, std::uint32_t resource,
                              const std::string& pointer);
  Result<void> add_anchor(AnchorKey key, const Value& schema, const std::string& pointer);
  Result<void> add_anchors(const Value& schema, std::uint32_t resource, const std::string& pointer);
  std::optional<Place> follow(Place start, std::string_view pointer) const;

  const Value* root_;
  Draft draft_;
  std::vector<Resource> resources_;
  std::map<std::string, std::uint32_t, std::less<>> by_uri_;
  std::map<AnchorKey, const Value*> anchors_;
  std::map<std::string, std::uint32_t, std::less<>> dynamic_names_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, const Value*> dynamic_;  // Name and resource.
  std::unordered_map<const Value*, std::uint32_t> resource_of_;
};

}  // namespace sovereign::json::schema
