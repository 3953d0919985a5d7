// The tools there are: those that connected agents registered, and, for agents that are away, the
// set they registered last. Names are global: `<agent_id>/<name>`. In memory; loop thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "core/router/tool.hpp"

namespace sovereign::core {

/// One tool in a list.
struct ListedTool {
  const ToolDeclaration* declaration = nullptr;
  bool is_registered = false;  ///< Its agent is connected and registered it; else remembered only.
  base::Timestamp registered_at{};
};

class ToolRegistry {
 public:
  /// `metrics` must outlive it.
  explicit ToolRegistry(telemetry::Metrics& metrics) : metrics_(metrics) {}

  /// The registered tool of this id; null when there is none. Valid until the next registration.
  const std::shared_ptr<const Tool>* find(std::string_view id) const;
  /// Whether the agent, away now, had this tool when it was here.
  bool is_remembered(const ToolId& id) const;

  /// Adds one; false when the agent has a tool of this name already.
  bool add(std::shared_ptr<const Tool> tool);
  /// Forgets all tools of an agent, registered and remembered.
  void clear(const AgentId& agent);
  /// False when it was not there.
  bool remove(const ToolId& id);
  /// The agent is away: its tools are remembered only.
  void retire(const AgentId& agent);
  /// Its agent is here and registered what it has: what is remembered only is gone.
  void forget_remembered(const AgentId& agent);
  /// A tool out of the database.
  void remember(ToolDeclaration declaration, base::Timestamp registered_at);

  std::size_t count(const AgentId& agent) const;
  /// Sorted by id; of one agent, or of all. Valid until the next change.
  std::vector<ListedTool> list(const std::optional<AgentId>& agent) const;
  std::optional<ListedTool> describe(const ToolId& id) const;

  ToolMetrics metrics_of(const ToolId& id);

 private:
  struct Remembered {
    ToolDeclaration declaration;
    base::Timestamp registered_at;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  static constexpr std::size_t kMaxMeasured = 512;  // Tools with metrics of their own.

  telemetry::Metrics& metrics_;
  std::unordered_map<std::string, std::shared_ptr<const Tool>, Hash, std::equal_to<>> tools_;
  // The same in order: an agent's tools lie side by side.
  std::map<std::string, std::shared_ptr<const Tool>, std::less<>> registered_;
  std::map<std::string, Remembered, std::less<>> remembered_;
  std::set<std::string, std::less<>> measured_;
};

}  // namespace sovereign::core
