#include "registry/changes/event.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "json/parse.hpp"
#include "json/write.hpp"
#include "search/unicode.hpp"

namespace sovereign::registry {
namespace {

void put(std::string& out, std::string_view name, const auto& value) {
  out += out.empty() ? "{\"" : ",\"";
  out += name;
  out += "\":";
  json::write(out, value);
}

/// The item up to where an agent would follow.
std::string head_of(const Change& change, ChangeKind kind, std::string_view cursor) {
  std::string out;
  put(out, "cursor", cursor);
  put(out, "kind", kind);
  put(out, "id", change.agent);
  put(out, "did", did_of(change.agent));
  put(out, "version", change.version);
  put(out, "changed_at", change.changed_at);
  return out;
}

bool has_type(const json::Value& agent, std::string_view folded) {
  const auto* type = agent.get_object().if_contains("agent_type");
  return type != nullptr && type->is_string() &&
         search::fold_case(std::string_view(type->get_string())) == folded;
}

bool has_capability(const json::Value& agent, std::string_view folded) {
  const auto* all = agent.get_object().if_contains("capabilities");
  return all != nullptr && all->is_array() &&
         std::ranges::any_of(all->get_array(), [&](const json::Value& one) {
           return one.is_string() &&
                  search::fold_case(std::string_view(one.get_string())) == folded;
         });
}

/// Whether the document is of the type and has the capability that are wanted.
bool matches(const ChangeFilter& filter, const AgentRecord& record) {
  if (!filter.agent_type && !filter.capability) return true;
  const auto agent = json::parse(std::string(record.item_without_brace()) + '}');
  return agent && (!filter.agent_type || has_type(*agent, *filter.agent_type)) &&
         (!filter.capability || has_capability(*agent, *filter.capability));
}

std::optional<std::string> folded(const std::optional<std::string>& text) {
  return text ? std::optional(search::fold_case(*text)) : std::nullopt;
}

}  // namespace

ChangeFilter change_filter(const std::optional<std::string>& agent_type,
                           const std::optional<std::string>& capability,
                           const std::optional<UserId>& owner) {
  return {.agent_type = folded(agent_type), .capability = folded(capability), .owner = owner};
}

bool is_public(AgentStatus status) {
  return status == AgentStatus::active || status == AgentStatus::deprecated;
}

std::size_t ChangeEvent::size() const {
  return sizeof *this + cursor.size() + json.size() + (agent_at > 0 ? record->json.size() : 0);
}

ChangeEvent make_event(const Change& change, std::shared_ptr<const AgentRecord> record,
                       std::string cursor) {
  ChangeEvent event{.change = change, .cursor = std::move(cursor), .record = std::move(record)};
  if (event.record) event.change.version = std::max(change.version, event.record->version);
  const bool is_shown = event.record && is_public(event.record->status);
  if (is_shown) event.kind = change.is_creation ? ChangeKind::created : ChangeKind::updated;
  event.json = head_of(event.change, event.kind, event.cursor);
  if (is_shown) {
    event.json += ",\"agent\":";
    event.agent_at = event.json.size();
    event.json += event.record->item_without_brace();
    event.json += '}';
  }
  event.json += '}';
  return event;
}

ChangeEvent make_snapshot_event(std::shared_ptr<const AgentRecord> record, std::string cursor) {
  const Change change{.agent = record->id,
                      .version = record->version,
                      .is_creation = true,
                      .changed_at = record->updated_at};
  return make_event(change, std::move(record), std::move(cursor));
}

ChangeEvent tombstone_of(const ChangeEvent& event) {
  ChangeEvent tombstone{.change = event.change, .cursor = event.cursor, .record = event.record};
  tombstone.json = head_of(event.change, ChangeKind::deleted, event.cursor) + '}';
  return tombstone;
}

Showing showing(const ChangeFilter& filter, const ChangeEvent& event) {
  const bool is_known = event.record != nullptr;
  if (is_known && filter.owner && event.record->developer_id != *filter.owner) {
    return Showing::nothing;
  }
  if (event.kind == ChangeKind::deleted) return Showing::tombstone;
  if (matches(filter, *event.record)) return Showing::document;
  return event.kind == ChangeKind::created ? Showing::nothing : Showing::tombstone;
}

void append_item(std::string& out, const ChangeEvent& event,
                 const std::optional<ChangeInclude>& include) {
  if (include != ChangeInclude::card || event.agent_at == 0) {
    out += event.json;
    return;
  }
  out.append(event.json, 0, event.agent_at);
  out += event.record->json;
  out += '}';
}

std::vector<Change> without_superseded(std::vector<Change> changes) {
  std::unordered_set<AgentId> seen;
  std::vector<Change> kept;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    if (seen.insert(change->agent).second) kept.push_back(*change);
  }
  std::ranges::reverse(kept);
  return kept;
}

}  // namespace sovereign::registry
