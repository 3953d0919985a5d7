// The SQL of tools: what each agent registered last, so that lists show the tools of agents that do
// not run.
#pragma once

#include <functional>
#include <vector>

#include "async/task.hpp"
#include "core/router/tool_registry.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// Reads all; rows that cannot be read are left out. Blocks, once at start.
Result<void> load_tools(sql::Database& database,
                        const std::function<void(ToolDeclaration, base::Timestamp)>& visit);

/// The write that makes `tools` all there are of `agent`.
sql::Write replace_tools(const AgentId& agent, const std::vector<ListedTool>& tools);

/// Writes it; owns what it needs. The list in memory is what counts: a row that could not be
/// written is written at the agent's next registration.
Task<void> write_tools(sql::Database& database, sql::Write write);

}  // namespace sovereign::core
