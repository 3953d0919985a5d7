#include "core/router/tool_registry.hpp"

#include <utility>

namespace sovereign::core {
namespace {

/// The range of an agent's tools in a map of tool ids.
template <typename Map>
auto range_of(Map& map, const AgentId& agent) {
  // '0' follows '/', so that nothing else lies between.
  return std::pair{map.lower_bound(agent.text() + '/'), map.lower_bound(agent.text() + '0')};
}

ListedTool listed(const Tool& tool) { return {&tool.declaration, true, tool.registered_at}; }

}  // namespace

const std::shared_ptr<const Tool>* ToolRegistry::find(std::string_view id) const {
  const auto found = tools_.find(id);
  return found == tools_.end() ? nullptr : &found->second;
}

bool ToolRegistry::is_remembered(const ToolId& id) const { return remembered_.contains(id.text()); }

bool ToolRegistry::add(std::shared_ptr<const Tool> tool) {
  const std::string& id = tool->id().text();
  if (!tools_.try_emplace(id, tool).second) return false;
  remembered_.erase(id);
  registered_.emplace(id, std::move(tool));
  return true;
}

void ToolRegistry::clear(const AgentId& agent) {
  const auto [first, last] = range_of(registered_, agent);
  for (auto tool = first; tool != last; ++tool) tools_.erase(tool->first);
  registered_.erase(first, last);
  forget_remembered(agent);
}

void ToolRegistry::forget_remembered(const AgentId& agent) {
  const auto [first, last] = range_of(remembered_, agent);
  remembered_.erase(first, last);
}

bool ToolRegistry::remove(const ToolId& id) {
  registered_.erase(id.text());
  return tools_.erase(id.text()) > 0;
}

void ToolRegistry::retire(const AgentId& agent) {
  const auto [first, last] = range_of(registered_, agent);
  for (auto tool = first; tool != last; ++tool) {
    remember(tool->second->declaration, tool->second->registered_at);
    tools_.erase(tool->first);
  }
  registered_.erase(first, last);
}

void ToolRegistry::remember(ToolDeclaration declaration, base::Timestamp registered_at) {
  std::string id = declaration.id.text();
  remembered_.insert_or_assign(std::move(id), Remembered{std::move(declaration), registered_at});
}

std::size_t ToolRegistry::count(const AgentId& agent) const {
  const auto [first, last] = range_of(registered_, agent);
  return static_cast<std::size_t>(std::distance(first, last));
}

std::vector<ListedTool> ToolRegistry::list(const std::optional<AgentId>& agent) const {
  std::map<std::string_view, ListedTool> sorted;
  const auto is_wanted = [&](const ToolDeclaration& tool) {
    return !agent || tool.id.agent() == *agent;
  };
  for (const auto& [id, tool] : registered_) {
    if (is_wanted(tool->declaration)) sorted.emplace(id, listed(*tool));
  }
  for (const auto& [id, tool] : remembered_) {
    if (is_wanted(tool.declaration)) {
      sorted.emplace(id, ListedTool{&tool.declaration, false, tool.registered_at});
    }
  }
  std::vector<ListedTool> tools;
  tools.reserve(sorted.size());
  for (const auto& entry : sorted) tools.push_back(entry.second);
  return tools;
}

std::optional<ListedTool> ToolRegistry::describe(const ToolId& id) const {
  if (const auto* tool = find(id.text())) return listed(**tool);
  const auto found = remembered_.find(id.text());
  if (found == remembered_.end()) return std::nullopt;
  return ListedTool{&found->second.declaration, false, found->second.registered_at};
}

ToolMetrics ToolRegistry::metrics_of(const ToolId& id) {
  // Past the bound all further tools share one name, however many agents register.
  if (measured_.size() < kMaxMeasured) measured_.insert(id.text());
  const std::string label = measured_.contains(id.text()) ? id.text() : "other";
  const auto counter = [&](std::string_view status) {
    return &metrics_.counter({.name = "opensentience_tool_calls_total",
                              .help = "Calls of tools that reached their agent, by how they ended.",
                              .labels = {{"tool_id", label}, {"status", std::string(status)}}});
  };
  return {.succeeded = counter("succeeded"),
          .failed = counter("failed"),
          .canceled = counter("canceled"),
          .duration = &metrics_.latency({.name = "opensentience_tool_call_duration_seconds",
                                         .help = "From the request to the result.",
                                         .labels = {{"tool_id", label}}})};
}

}  // namespace sovereign::core
