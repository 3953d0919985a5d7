// Reading agents' rows; what changes them is in changes.hpp.
#pragma once

#include <functional>
#include <vector>

#include "async/task.hpp"
#include "core/catalog/agent_record.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// All agents with their shadowed copies; enablement and live state are not in the rows. Blocks.
/// Errors: of the database; `internal` for a row that cannot be read.
Result<void> scan_agents(sql::Database& database, const std::function<void(AgentRecord)>& visit);

/// Those of `ids` that there are, in no order; 500 ids at most. Errors as above.
Task<std::vector<AgentRecord>> read_agents(sql::Database& database, std::vector<AgentId> ids);

}  // namespace sovereign::core
