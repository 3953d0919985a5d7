// The approvals of all agents: in memory for every check, in SQL for good. One at most holds for an
// agent, nothing is ever approved automatically, and each change is audited in its own transaction.
// Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "base/random.hpp"
#include "core/audit/audit_event.hpp"
#include "core/permissions/approval.hpp"
#include "core/state.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// What the agent asks for, read from its manifest just before.
struct RequestedPermissions {
  std::vector<std::string> permissions;  ///< Normalised.
  ManifestPin pin;
};

enum class DangerousGrants { refuse, allow };

struct ApproveRequest {
  AgentId agent;
  RequestedPermissions requested;
  /// Exact strings out of the requested ones, 1000 at most. Nothing is approved that is not here.
  std::vector<std::string> permissions;
  /// What the person saw; empty: not checked (the command line shows and asks in one go).
  std::string seen_manifest_hash;
  DangerousGrants dangerous = DangerousGrants::refuse;
  Actor actor;
  std::string correlation_id;
};

/// The end, suspension or resumption of an approval.
struct ApprovalAction {
  AgentId agent;
  Actor actor;
  std::string reason;
  std::string correlation_id;
};

/// Brings back the approval that `pin` once had, for a rollback.
struct ReinstateRequest {
  AgentId agent;
  ManifestPin pin;
  Actor actor;
  std::string reason;
  std::string correlation_id;
};

enum class ApprovalChange { approved, suspended, resumed, revoked };

class Approvals {
 public:
  using Listener = std::function<void(const AgentId&, ApprovalChange)>;

  /// All must outlive it.
  Approvals(sql::Database& database, const base::Clock& clock, base::Random& random)
      : database_(database), clock_(clock), random_(random) {}

  /// Reads them all; blocks, once at start.
  Result<void> load();

  /// The approval that holds; null: none, suspended or revoked. Does not know about drift: compare
  /// with drift_of(). Cheap: one look-up.
  std::shared_ptr<const Approval> active(const AgentId& agent) const;
  /// The same also while suspended.
  std::shared_ptr<const Approval> kept(const AgentId& agent) const;
  /// The state for what is there now: none, active, suspended, drifted or revoked.
  Enablement enablement(const AgentId& agent, const ManifestPin& current) const;

  /// Approves a subset; whatever was approved before is superseded. Errors: permission_drift (the
  /// person saw another manifest), permission_denied (one was not requested; audited as
  /// security.denied; or a dangerous one without the flag), permission_invalid (bounds, does not
  /// parse), `unavailable`.
  Task<std::shared_ptr<const Approval>> approve(ApproveRequest request);
  /// What approve() would grant, parsed and normalised, or its error; changes nothing. `request`
  /// must outlive the coroutine.
  Task<PermissionSet> check(const ApproveRequest& request);
  /// Ends it for good. Errors: agent_not_enabled (nothing to revoke), `unavailable`.
  Task<void> revoke(ApprovalAction action);
  /// Disables, keeping what was approved. Errors: agent_not_enabled, `unavailable`. Twice is fine.
  Task<void> suspend(ApprovalAction action);
  /// Enables again what was suspended. Errors: agent_not_enabled, `unavailable`. Twice is fine.
  Task<void> resume(ApprovalAction action);
  /// Makes active again what was superseded for exactly this pin, newest first; never what was
  /// revoked since it was given. Errors: permission_not_approved, `unavailable`.
  Task<std::shared_ptr<const Approval>> reinstate(ReinstateRequest request);

  /// Called after a change holds, in order of registration. The listener must outlive this.
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

 private:
  enum class Standing { active, suspended, revoked };
  struct Entry {
    std::shared_ptr<const Approval> approval;  ///< Null when revoked.
    Standing standing = Standing::revoked;
    /// Not after a write that failed: memory holds the stricter state, SQL the one before.
    bool is_stored = true;
  };

  Task<void> record_denial(const ApproveRequest& request, std::string reason,
                           std::vector<std::string> permissions);
  /// Writes `approval` in the place of what holds, and `audit` with it.
  Task<std::shared_ptr<const Approval>> put(Approval approval, std::vector<AuditEvent> audit);
  /// Commits a change of the kept approval's status; `unavailable` leaves memory as it is.
  Task<void> change_status(ApprovalAction action, Standing standing);
  void tell(const AgentId& agent, ApprovalChange change) const;

  sql::Database& database_;
  const base::Clock& clock_;
  base::Random& random_;
  std::unordered_map<AgentId, Entry> entries_;
  std::vector<Listener> listeners_;
};

}  // namespace sovereign::core
