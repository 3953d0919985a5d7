#include "core/permissions/approvals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/permissions/approval_store.hpp"
#include "core/permissions/drift.hpp"
#include "core/permissions/permission_list.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kMaxItems = 1000;
constexpr std::size_t kMaxJsonBytes = 100'000;
constexpr std::size_t kSample = 10;

/// How many, and the first few.
json::Object summary_of(const std::vector<std::string>& permissions) {
  json::Array sample;
  for (std::size_t i = 0; i < std::min(permissions.size(), kSample); ++i) {
    sample.emplace_back(permissions[i]);
  }
  return {{"count", permissions.size()}, {"sample", std::move(sample)}};
}

json::Object scope_of(const ManifestPin& pin) {
  json::Object scope{{"manifest_hash", pin.manifest_hash}};
  if (!pin.commit.empty()) scope["source_ref"] = pin.commit;
  if (!pin.folder.empty()) scope["folder"] = pin.folder;
  return scope;
}

AuditEvent event_of(std::string_view type, const AgentId& agent, const Actor& actor,
                    std::string correlation_id) {
  return {.type = type,
          .actor = actor,
          .subject_type = "agent",
          .subject_id = agent.text(),
          .correlation_id = std::move(correlation_id)};
}

AuditEvent request_event(const ApproveRequest& request) {
  auto event =
      event_of("agent.enable_requested", request.agent, request.actor, request.correlation_id);
  event.metadata = {{"requested_permissions_hash", request.requested.pin.permissions_hash},
                    {"requested", summary_of(request.requested.permissions)},
                    {"scope", scope_of(request.requested.pin)}};
  return event;
}

AuditEvent enabled_event(const Approval& approval, std::string correlation_id) {
  auto event =
      event_of("agent.enabled", approval.agent, approval.approved_by, std::move(correlation_id));
  event.metadata = {{"approval_id", approval.id.to_string()},
                    {"requested_permissions_hash", approval.pin.permissions_hash},
                    {"approved", summary_of(approval.permissions)},
                    {"scope", scope_of(approval.pin)}};
  return event;
}

Failure not_enabled() {
  return fail(CoreCode::agent_not_enabled, "Nothing is approved for this agent.");
}

Result<void> check_bounds(const std::vector<std::string>& permissions) {
  const bool is_long = std::ranges::any_of(
      permissions, [](const std::string& text) { return text.size() > kPermissionBytes; });
  if (permissions.size() > kMaxItems || is_long ||
      json::to_text(permissions).size() > kMaxJsonBytes) {
    return fail(CoreCode::permission_invalid,
                fmt::format("{} permissions of {} bytes each at most, {} bytes together.",
                            kMaxItems, kPermissionBytes, kMaxJsonBytes));
  }
  return {};
}

Result<void> check_dangerous(const PermissionSet& set, DangerousGrants dangerous) {
  if (dangerous == DangerousGrants::allow) return {};
  const auto& all = set.all();
  const auto found = std::ranges::find_if(all, [](const auto& p) { return p.is_dangerous(); });
  if (found == all.end()) return {};
  return fail(CoreCode::permission_denied,
              fmt::format("{} would let it call every tool of every agent, now and later; that "
                          "needs to be allowed explicitly.",
                          found->text()));
}

}  // namespace

Result<void> Approvals::load() {
  entries_.clear();
  return scan_approvals(database_, [this](StoredApproval stored) {
    Entry entry;
    if (stored.status != "revoked") {
      entry.standing = stored.status == "active" ? Standing::active : Standing::suspended;
      entry.approval = std::make_shared<const Approval>(std::move(stored.approval));
    }
    const auto agent = entry.approval ? entry.approval->agent : stored.approval.agent;
    entries_.insert_or_assign(agent, std::move(entry));
  });
}

std::shared_ptr<const Approval> Approvals::active(const AgentId& agent) const {
  const auto found = entries_.find(agent);
  if (found == entries_.end() || found->second.standing != Standing::active) return nullptr;
  return found->second.approval;
}

std::shared_ptr<const Approval> Approvals::kept(const AgentId& agent) const {
  const auto found = entries_.find(agent);
  return found == entries_.end() ? nullptr : found->second.approval;
}

Enablement Approvals::enablement(const AgentId& agent, const ManifestPin& current) const {
  const auto found = entries_.find(agent);
  if (found == entries_.end()) return Enablement::none;
  const auto& entry = found->second;
  if (!entry.approval) return Enablement::revoked;
  if (drift_of(*entry.approval, current)) return Enablement::drifted;
  return entry.standing == Standing::active ? Enablement::active : Enablement::suspended;
}

Task<void> Approvals::record_denial(const ApproveRequest& request, std::string reason,
                                    std::vector<std::string> permissions) {
  auto event = event_of("security.denied", request.agent, request.actor, request.correlation_id);
  event.severity = Severity::security;
  event.metadata = {{"action", "agent.enable"},
                    {"reason", std::move(reason)},
                    {"permissions", summary_of(permissions)}};
  sql::Write write;
  write.calls.push_back(audit_row(std::move(event), clock_.now()));
  const auto written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>();
}

Task<PermissionSet> Approvals::check(const ApproveRequest& request) {
  const auto& requested = request.requested;
  if (!request.seen_manifest_hash.empty() &&
      request.seen_manifest_hash != requested.pin.manifest_hash) {
    co_return fail(CoreCode::permission_drift,
                   "The manifest has changed since it was shown; look at it again.");
  }
  auto wanted = normalise_permissions(request.permissions);
  if (const auto bounded = check_bounds(wanted); !bounded) co_return Failure(bounded.error());
  std::vector<std::string> surplus;
  std::ranges::set_difference(wanted, requested.permissions, std::back_inserter(surplus));
  if (!surplus.empty()) {
    auto detail = fmt::format("The agent does not ask for {}.", surplus.front());
    const auto recorded = co_await record_denial(request, "not_requested", std::move(surplus));
    if (!recorded) co_return Failure(recorded.error());
    co_return fail(CoreCode::permission_denied, std::move(detail));
  }
  auto set = PermissionSet::parse(wanted);
  if (!set) co_return Failure(std::move(set.error()));
  if (const auto checked = check_dangerous(*set, request.dangerous); !checked) {
    const auto recorded = co_await record_denial(request, "dangerous", std::move(wanted));
    if (!recorded) co_return Failure(recorded.error());
    co_return Failure(checked.error());
  }
  co_return std::move(*set);
}

Task<std::shared_ptr<const Approval>> Approvals::put(Approval approval,
                                                     std::vector<AuditEvent> audit) {
  sql::Write write;
  write.calls.push_back(supersede_approvals(
      approval.agent, {.status = "superseded",
                       .actor = approval.approved_by,
                       .at = approval.at,
                       .reason = fmt::format("by {}", approval.id.to_string())}));
  write.calls.push_back(insert_approval(approval));
  for (auto& event : audit) write.calls.push_back(audit_row(std::move(event), approval.at));
  const auto written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return fail(CoreCode::internal_error, "The approval was not stored.");
  auto shared = std::make_shared<const Approval>(std::move(approval));
  entries_.insert_or_assign(shared->agent, Entry{shared, Standing::active, true});
  tell(shared->agent, ApprovalChange::approved);
  co_return shared;
}

Task<std::shared_ptr<const Approval>> Approvals::approve(ApproveRequest request) {
  auto granted = co_await check(request);
  if (!granted) co_return Failure(std::move(granted.error()));
  Approval approval{.id = ApprovalId::generate(random_),
                    .agent = request.agent,
                    .permissions = {},
                    .granted = std::move(*granted),
                    .requested = request.requested.permissions,
                    .pin = request.requested.pin,
                    .approved_by = request.actor,
                    .at = clock_.now()};
  for (const auto& permission : approval.granted.all()) {
    approval.permissions.push_back(permission.text());
  }
  std::vector<AuditEvent> audit;
  audit.push_back(request_event(request));
  audit.push_back(enabled_event(approval, request.correlation_id));
  auto stored = co_await put(std::move(approval), std::move(audit));
  co_return stored;
}

Task<void> Approvals::change_status(ApprovalAction action, Standing standing) {
  const auto approval = kept(action.agent);
  if (!approval) co_return not_enabled();
  constexpr std::string_view kStatus[] = {"active", "suspended", "revoked"};
  constexpr std::string_view kTypes[] = {"agent.enabled", "agent.disabled",
                                         "agent.permissions_revoked"};
  const auto which = static_cast<std::size_t>(standing);
  const auto now = clock_.now();
  auto event = event_of(kTypes[which], action.agent, action.actor, action.correlation_id);
  event.metadata = {{"approval_id", approval->id.to_string()},
                    {"reason", action.reason},
                    {"permissions", summary_of(approval->permissions)},
                    {"scope", scope_of(approval->pin)}};
  sql::Write write;
  write.calls.push_back(set_approval_status(
      approval->id, {std::string(kStatus[which]), action.actor, now, action.reason}));
  write.calls.push_back(audit_row(std::move(event), now));
  const auto written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return not_enabled();
  co_return Result<void>();
}

Task<void> Approvals::revoke(ApprovalAction action) {
  const auto agent = action.agent;
  const auto found = entries_.find(agent);
  if (found == entries_.end() || !found->second.approval) co_return not_enabled();
  const auto approval = found->second.approval;
  // Nothing is routed from here on, whatever becomes of the write; it can be revoked again.
  found->second.standing = Standing::suspended;
  found->second.is_stored = false;
  const auto changed = co_await change_status(std::move(action), Standing::revoked);
  // A person who approved meanwhile has the last word.
  if (kept(agent) != approval) co_return changed;
  if (changed) entries_.insert_or_assign(agent, Entry{});
  tell(agent, changed ? ApprovalChange::revoked : ApprovalChange::suspended);
  co_return changed;
}

Task<void> Approvals::suspend(ApprovalAction action) {
  const auto agent = action.agent;
  const auto found = entries_.find(agent);
  if (found == entries_.end() || !found->second.approval) co_return not_enabled();
  const auto approval = found->second.approval;
  if (found->second.standing == Standing::suspended && found->second.is_stored) {
    co_return Result<void>();
  }
  found->second.standing = Standing::suspended;
  found->second.is_stored = false;
  const auto changed = co_await change_status(std::move(action), Standing::suspended);
  if (kept(agent) != approval) co_return changed;
  entries_.insert_or_assign(agent, Entry{approval, Standing::suspended, changed.has_value()});
  tell(agent, ApprovalChange::suspended);
  co_return changed;
}

Task<void> Approvals::resume(ApprovalAction action) {
  const auto agent = action.agent;
  const auto approval = kept(agent);
  if (!approval) co_return not_enabled();
  if (active(agent)) co_return Result<void>();
  const auto changed = co_await change_status(std::move(action), Standing::active);
  if (!changed) co_return Failure(changed.error());
  if (kept(agent) != approval) co_return not_enabled();
  entries_.insert_or_assign(agent, Entry{approval, Standing::active, true});
  tell(agent, ApprovalChange::resumed);
  co_return Result<void>();
}

Task<std::shared_ptr<const Approval>> Approvals::reinstate(ReinstateRequest request) {
  const auto not_approved = [] {
    return fail(CoreCode::permission_not_approved,
                "This version of the agent has no approval that could hold again.");
  };
  if (!active(request.agent)) co_return not_approved();
  auto found = co_await find_superseded(database_, request.agent, request.pin);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found || !active(request.agent)) co_return not_approved();
  Approval approval = std::move(**found);
  const auto earlier = std::exchange(approval.id, ApprovalId::generate(random_));
  approval.approved_by = request.actor;
  approval.at = clock_.now();
  auto event = enabled_event(approval, std::move(request.correlation_id));
  event.metadata["reason"] = request.reason;
  event.metadata["reinstates"] = earlier.to_string();
  std::vector<AuditEvent> audit;
  audit.push_back(std::move(event));
  auto stored = co_await put(std::move(approval), std::move(audit));
  co_return stored;
}

void Approvals::tell(const AgentId& agent, ApprovalChange change) const {
  for (const auto& listener : listeners_) listener(agent, change);
}

}  // namespace sovereign::core
