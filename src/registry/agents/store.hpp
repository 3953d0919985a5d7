// The SQL of agents: rows of `agents` and of the change feed.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "registry/agents/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// What happened to an agent, for the change feed.
enum class AgentChange : std::uint8_t { created, updated, removed };

/// The rows of a new agent: `agents`, then `changes`. The first call is the one that can be
/// rejected for a taken readable id.
std::vector<sql::Call> insert_calls(const Agent& agent);

/// The rows of a changed one. `agent.version` is the new version; the first call expects the one
/// before it to be there.
std::vector<sql::Call> update_calls(const Agent& agent, AgentChange change);

class AgentStore {
 public:
  explicit AgentStore(sql::Database& database) : database_(database) {}

  Task<std::optional<CatalogAgent>> find(AgentId id);
  Task<std::optional<Developer>> find_developer(UserId id);
  /// Notes a sign of life; false when there is no such agent. Not a change of the agent.
  Task<bool> touch(AgentId id, Timestamp seen_at);

 private:
  sql::Database& database_;
};

/// For Database::scan: all agents with their publishers, in the order that is fastest (to load) or
/// by readable id (to export).
enum class ScanOrder : std::uint8_t { any, human_readable_id };
sql::Call scan_agents(ScanOrder order);
/// An agent from a row of scan_agents(); any thread.
CatalogAgent agent_of_row(std::span<const sql::Value> row);

}  // namespace sovereign::registry
