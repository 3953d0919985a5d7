// A change as readers get it: rendered once, shared by all of them; and which readers want it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/agents/record.hpp"
#include "registry/changes/types.hpp"

namespace sovereign::registry {

/// What a reader asked for. Texts are compared case-folded.
struct ChangeFilter {
  std::optional<std::string> agent_type = {};  ///< Folded.
  std::optional<std::string> capability = {};  ///< Folded.
  std::optional<UserId> owner = {};

  bool is_empty() const { return !agent_type && !capability && !owner; }
};

ChangeFilter change_filter(const std::optional<std::string>& agent_type,
                           const std::optional<std::string>& capability,
                           const std::optional<UserId>& owner);

/// Whether everybody may see agents in this status; others are tombstones in the feed.
bool is_public(AgentStatus status);

/// What a change is to one reader.
enum class Showing : std::uint8_t {
  document,
  tombstone,  ///< Not public, or out of the filter and maybe in it before.
  nothing,    ///< Never was in the filter.
};

struct ChangeEvent {
  Change change;
  ChangeKind kind = ChangeKind::deleted;  ///< Without a filter.
  std::string cursor;
  /// {"cursor":...,"kind":...,...,"agent":{...}}: the item with the agent as in lists.
  std::string json;
  std::size_t agent_at = 0;  ///< Where in `json` the agent begins; 0 in a tombstone.
  /// The agent's present state; null when the catalog does not have it.
  std::shared_ptr<const AgentRecord> record;

  /// Bytes of memory it keeps, about.
  std::size_t size() const;
};

/// `record` is the catalog's present one. A document shows the present state, whatever the change's
/// version.
ChangeEvent make_event(const Change& change, std::shared_ptr<const AgentRecord> record,
                       std::string cursor);
/// An agent of a snapshot.
ChangeEvent make_snapshot_event(std::shared_ptr<const AgentRecord> record, std::string cursor);

/// The same change for who may not see the agent (any more).
ChangeEvent tombstone_of(const ChangeEvent& event);

Showing showing(const ChangeFilter& filter, const ChangeEvent& event);

/// Appends the item, with the agent's card when it is included.
void append_item(std::string& out, const ChangeEvent& event,
                 const std::optional<ChangeInclude>& include);

/// Of several changes of one agent the last.
std::vector<Change> without_superseded(std::vector<Change> changes);

}  // namespace sovereign::registry
