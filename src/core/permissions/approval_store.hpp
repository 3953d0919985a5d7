// The SQL of approvals.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "core/permissions/approval.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

struct StoredApproval {
  Approval approval;
  std::string status;  ///< active, suspended, superseded or revoked.
};

/// Why an approval is no longer what it was.
struct ApprovalEnd {
  std::string status;
  Actor actor;
  base::Timestamp at;
  std::string reason;
};

// Calls for a Write.
sql::Call insert_approval(const Approval& approval);
/// Of whatever holds for the agent, if anything.
sql::Call supersede_approvals(const AgentId& agent, const ApprovalEnd& end);
/// Expects the approval to hold, active or suspended.
sql::Call set_approval_status(ApprovalId id, const ApprovalEnd& end);

/// All but superseded ones, oldest first for each agent. Blocks. Error: of the database, or
/// `internal` for a row that cannot be read.
Result<void> scan_approvals(sql::Database& database,
                            const std::function<void(StoredApproval)>& visit);

/// The newest superseded approval of exactly this pin that was not followed by a revocation.
Task<std::optional<Approval>> find_superseded(sql::Database& database, AgentId agent,
                                              ManifestPin pin);

}  // namespace sovereign::core
