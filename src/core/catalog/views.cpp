#include "core/catalog/views.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/permissions/drift.hpp"

namespace sovereign::core {
namespace {

std::string text(std::string_view word) { return std::string(word); }

void fill_summary(const AgentRecord& record, AgentSummary& summary) {
  summary.agent_id = record.id.text();
  summary.name = record.name;
  summary.version = record.version;
  summary.description = record.description;
  summary.status = record.status();
  summary.origin = to_string(record.origin);
  summary.enablement = to_string(record.enablement);
  summary.run = to_string(record.live.run);
  summary.health = to_string(record.live.health);
  summary.keywords = record.keywords;
  summary.capabilities = record.capabilities;
  summary.integration_points = record.integration_points;
  summary.verification_level = record.badge.verification_level;
  summary.trust_score = record.badge.trust_score;
  summary.is_deprecated = record.badge.is_deprecated;
  summary.has_update = record.pending.has_value();
  summary.problem_count = static_cast<std::int64_t>(record.problems.size());
}

std::vector<FacetView> facet_of(const std::vector<FacetCount>& counts) {
  std::vector<FacetView> views;
  for (const auto& [value, count] : counts) {
    views.push_back({value, static_cast<std::int64_t>(count)});
  }
  return views;
}

AgentStates states_of(const AgentRecord& record) {
  return {.origin = text(to_string(record.origin)),
          .install = text(to_string(record.install)),
          .build = text(to_string(record.build)),
          .enablement = text(to_string(record.enablement)),
          .run = text(to_string(record.live.run)),
          .health = text(to_string(record.live.health)),
          .connection = text(to_string(record.live.connection))};
}

ManifestView manifest_of(const AgentRecord& record) {
  ManifestView view{.path = record.manifest_path,
                    .hash = record.manifest_hash,
                    .permissions_hash = record.permissions_hash,
                    .is_runnable = record.is_runnable};
  for (const auto& problem : record.problems) {
    const bool is_error = problem.severity == ProblemSeverity::error;
    view.problems.push_back(
        {problem.path, problem.code, problem.message, is_error ? "error" : "warning"});
  }
  return view;
}

SourceView source_of(const AgentRecord& record) {
  const auto& provenance = record.provenance;
  SourceView view{.git_url = provenance.git_url,
                  .git_ref = provenance.git_ref,
                  .git_commit = provenance.git_commit,
                  .git_tree = provenance.git_tree,
                  .registry = provenance.registry,
                  .registry_commit = provenance.registry_commit,
                  .expected_manifest_hash = provenance.expected_manifest_hash,
                  .is_mutable = record.origin == Origin::local_dev};
  if (!provenance.expected_manifest_hash.empty() && !record.manifest_hash.empty()) {
    view.is_as_expected = provenance.expected_manifest_hash == record.manifest_hash;
  }
  return view;
}

IdentityView identity_of(const AgentRecord& record) {
  constexpr auto kLevels = std::to_array<std::string_view>(
      {"Not verified: anybody may have written this.",
       "The publisher says who they are; nobody checked.",
       "Reviewed by the registry's maintainers.", "Listed as audited by the registry.",
       "Listed as certified by the registry."});
  const auto& badge = record.badge;
  const auto level = std::clamp(badge.verification_level, 0, 4);
  return {.publisher = badge.publisher,
          .verification_level = badge.verification_level,
          .verification = text(kLevels[static_cast<std::size_t>(level)]),
          .trust_score = badge.trust_score,
          .is_deprecated = badge.is_deprecated,
          .replacement_id = badge.replacement_id};
}

PermissionView permission_of(const std::string& asked, const Approval* approval) {
  PermissionView view{.permission = asked, .category = {}};
  const auto permission = Permission::parse(asked);
  if (!permission) return view;
  const auto [level, reason] = permission->risk();
  view.category = permission->category();
  view.description = permission->describe();
  view.risk = to_string(level);
  view.risk_reason = reason;
  view.enforcement = to_string(permission->enforcement());
  view.is_dangerous = permission->is_dangerous();
  view.is_approved =
      approval != nullptr && std::ranges::binary_search(approval->permissions, asked);
  return view;
}

std::vector<PermissionView> permissions_in(const std::vector<std::string>& asked,
                                           const Approval* approval) {
  std::vector<PermissionView> views;
  for (const auto& permission : asked) views.push_back(permission_of(permission, approval));
  return views;
}

ApprovalView approval_view(const Approval& approval) {
  return {.id = approval.id.to_string(),
          .permissions = approval.permissions,
          .manifest_hash = approval.pin.manifest_hash,
          .permissions_hash = approval.pin.permissions_hash,
          .git_commit = approval.pin.commit,
          .folder = approval.pin.folder,
          .approved_by = approval.approved_by.id,
          .approved_at = approval.at};
}

PermissionDiff diff_of(PermissionChanges changes) {
  return {.added = std::move(changes.added),
          .removed = std::move(changes.removed),
          .unchanged = std::move(changes.unchanged)};
}

PermissionDiff drift_view(const Approval& approval, const Drift& drift,
                          const std::vector<std::string>& current) {
  auto view = diff_of(compare_permissions(approval.requested, current));
  view.old_manifest_hash = drift.approved_manifest_hash;
  view.new_manifest_hash = drift.current_manifest_hash;
  view.old_permissions_hash = drift.approved_permissions_hash;
  view.new_permissions_hash = drift.current_permissions_hash;
  view.source_changed = drift.source_changed;
  return view;
}

UpdateView update_view(const AgentRecord& record, const PendingUpdate& pending,
                       const Approval* approval) {
  UpdateView view{.commit = pending.commit,
                  .manifest_hash = pending.manifest_hash,
                  .changes = diff_of(compare_permissions(record.permissions, pending.permissions)),
                  .permissions = permissions_in(pending.permissions, approval)};
  view.changes.old_manifest_hash = record.manifest_hash;
  view.changes.new_manifest_hash = pending.manifest_hash;
  view.changes.old_permissions_hash = record.permissions_hash;
  view.changes.new_permissions_hash = pending.permissions_hash;
  view.changes.source_changed = true;
  return view;
}

}  // namespace

AgentSummary summary_of(const AgentRecord& record) {
  AgentSummary summary;
  fill_summary(record, summary);
  return summary;
}

AgentList list_of(const SearchAnswer& answer, std::int64_t page, std::int64_t per_page) {
  AgentList list{.total = static_cast<std::int64_t>(answer.total),
                 .page = page,
                 .per_page = per_page,
                 .facets = {.statuses = facet_of(answer.statuses),
                            .capabilities = facet_of(answer.capabilities),
                            .integration_points = facet_of(answer.integration_points)}};
  for (const auto& hit : answer.hits) {
    auto summary = summary_of(*hit.agent);
    if (hit.reason != MatchReason::listed) {
      summary.match = to_string(hit.reason);
      summary.explanation = hit.explanation;
    }
    list.agents.push_back(std::move(summary));
  }
  return list;
}

PermissionReport permissions_of(const AgentRecord& record, const Approvals& approvals) {
  const auto approval = approvals.kept(record.id);
  PermissionReport report{.agent_id = record.id.text(),
                          .enablement = text(to_string(record.enablement)),
                          .manifest_hash = record.manifest_hash,
                          .permissions_hash = record.permissions_hash,
                          .permissions = permissions_in(record.permissions, approval.get())};
  if (record.pending) report.update = update_view(record, *record.pending, approval.get());
  if (!approval) return report;
  report.approval = approval_view(*approval);
  if (const auto drift = drift_of(*approval, record.pin())) {
    report.drift = drift_view(*approval, *drift, record.permissions);
  }
  return report;
}

AgentDetail detail_of(const AgentRecord& record, const Approvals& approvals) {
  AgentDetail detail;
  fill_summary(record, detail);
  detail.states = states_of(record);
  detail.manifest = manifest_of(record);
  detail.source = source_of(record);
  detail.identity = identity_of(record);
  detail.permissions = permissions_of(record, approvals);
  detail.execution = {record.folder(), record.built_at, record.last_error};
  for (const auto& copy : record.shadowed) {
    detail.shadowed.push_back({copy.manifest_path, copy.manifest_hash});
  }
  detail.discovered_at = record.discovered_at;
  detail.last_seen_at = record.last_seen_at;
  return detail;
}

}  // namespace sovereign::core
