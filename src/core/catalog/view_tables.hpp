// The field tables of views.hpp.
#pragma once

#include "core/catalog/views.hpp"
#include "json/table.hpp"

template <>
struct sovereign::json::Table<sovereign::core::AgentSummary> {
  using T = sovereign::core::AgentSummary;
  static constexpr std::string_view name = "AgentSummary";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id, {.example = R"("com.example.hello")"}),
      field("name", &T::name, {.example = R"("Hello")"}),
      field("version", &T::version),
      field("description", &T::description),
      field("status", &T::status,
            {.description = "One word: error, running, enabled, installed, local_dev, "
                            "local_uninstalled or gone.",
             .example = R"("installed")"}),
      field("origin", &T::origin, {.description = "local_dev, registry_available or installed."}),
      field("enablement", &T::enablement,
            {.description = "none, active, suspended, drifted or revoked."}),
      field("run", &T::run,
            {.description = "stopped, starting, running, stopping, backoff or crashed."}),
      field("health", &T::health, {.description = "unknown, ok, degraded or unhealthy."}),
      field("keywords", &T::keywords),
      field("capabilities", &T::capabilities),
      field("integration_points", &T::integration_points),
      field("verification_level", &T::verification_level,
            {.description = "0 to 4, as the registry says: information, never authority."}),
      field("trust_score", &T::trust_score),
      field("is_deprecated", &T::is_deprecated),
      field("has_update", &T::has_update,
            {.description = "A newer commit is fetched and waits for approval."}),
      field("problem_count", &T::problem_count,
            {.description = "Of the manifest, warnings included."}),
      field("match", &T::match,
            {.description = "Why a search found it: exact_id, name_prefix, name, keyword, id_part "
                            "or description."}),
      field("explanation", &T::explanation, {.description = "The same as a sentence."})};
};

template <>
struct sovereign::json::Table<sovereign::core::FacetView> {
  using T = sovereign::core::FacetView;
  static constexpr std::string_view name = "FacetCount";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("value", &T::value), field("count", &T::count)};
};

template <>
struct sovereign::json::Table<sovereign::core::AgentFacets> {
  using T = sovereign::core::AgentFacets;
  static constexpr std::string_view name = "AgentFacets";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("statuses", &T::statuses,
            {.description = "All that hold: a running agent counts as installed too."}),
      field("capabilities", &T::capabilities), field("integration_points", &T::integration_points)};
};

template <>
struct sovereign::json::Table<sovereign::core::AgentList> {
  using T = sovereign::core::AgentList;
  static constexpr std::string_view name = "AgentList";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agents", &T::agents),
      field("total", &T::total, {.description = "All that match, on any page."}),
      field("page", &T::page), field("per_page", &T::per_page),
      field("facets", &T::facets, {.description = "Over all that match, most frequent first."})};
};

template <>
struct sovereign::json::Table<sovereign::core::AgentStates> {
  using T = sovereign::core::AgentStates;
  static constexpr std::string_view name = "AgentStates";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("origin", &T::origin),
      field("install", &T::install, {.description = "none, fetching, fetched or failed."}),
      field("build", &T::build, {.description = "not_built, building, built, failed or stale."}),
      field("enablement", &T::enablement),
      field("run", &T::run),
      field("health", &T::health),
      field("connection", &T::connection, {.description = "disconnected, handshaking or ready."})};
};

template <>
struct sovereign::json::Table<sovereign::core::ProblemView> {
  using T = sovereign::core::ProblemView;
  static constexpr std::string_view name = "ManifestProblem";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("path", &T::path, {.description = "A JSON pointer; empty for the whole file."}),
      field("code", &T::code), field("message", &T::message),
      field("severity", &T::severity,
            {.description = "An error keeps it from being approved and run; a warning does not."})};
};

template <>
struct sovereign::json::Table<sovereign::core::ManifestView> {
  using T = sovereign::core::ManifestView;
  static constexpr std::string_view name = "AgentManifest";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("path", &T::path), field("hash", &T::hash, {.description = "SHA-256 of the file."}),
      field("permissions_hash", &T::permissions_hash,
            {.description = "SHA-256 of the sorted list of permissions."}),
      field("is_runnable", &T::is_runnable,
            {.description = "Complete and valid: it may be approved."}),
      field("problems", &T::problems)};
};

template <>
struct sovereign::json::Table<sovereign::core::SourceView> {
  using T = sovereign::core::SourceView;
  static constexpr std::string_view name = "AgentSource";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("git_url", &T::git_url),
      field("git_ref", &T::git_ref),
      field("git_commit", &T::git_commit),
      field("git_tree", &T::git_tree),
      field("registry", &T::registry),
      field("registry_commit", &T::registry_commit),
      field("expected_manifest_hash", &T::expected_manifest_hash),
      field("is_as_expected", &T::is_as_expected,
            {.description = "Whether the manifest is the one that the registry promises."}),
      field("is_mutable", &T::is_mutable,
            {.description = "It runs from a folder that can change at any time."})};
};

template <>
struct sovereign::json::Table<sovereign::core::IdentityView> {
  using T = sovereign::core::IdentityView;
  static constexpr std::string_view name = "AgentIdentity";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("publisher", &T::publisher),
      field("verification_level", &T::verification_level),
      field("verification", &T::verification, {.description = "The level as a sentence."}),
      field("trust_score", &T::trust_score),
      field("is_deprecated", &T::is_deprecated),
      field("replacement_id", &T::replacement_id)};
};

template <>
struct sovereign::json::Table<sovereign::core::ExecutionView> {
  using T = sovereign::core::ExecutionView;
  static constexpr std::string_view name = "AgentExecution";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("folder", &T::folder), field("built_at", &T::built_at),
                 field("last_error", &T::last_error)};
};

template <>
struct sovereign::json::Table<sovereign::core::PermissionView> {
  using T = sovereign::core::PermissionView;
  static constexpr std::string_view name = "AgentPermission";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("permission", &T::permission),
                 field("category", &T::category),
                 field("description", &T::description,
                       {.description = "What it would allow, for a person.",
                        .example = R"("Read everything in ~/Projects and the folders in it.")"}),
                 field("risk", &T::risk, {.description = "low, medium or high."}),
                 field("risk_reason", &T::risk_reason),
                 field("enforcement", &T::enforcement,
                       {.description = "core: without it the agent cannot; declared_only: nobody "
                                       "stops it; unrecognised: no effect."}),
                 field("is_approved", &T::is_approved),
                 field("is_dangerous", &T::is_dangerous,
                       {.description = "Needs allow_dangerous to be approved."})};
};

template <>
struct sovereign::json::Table<sovereign::core::ApprovalView> {
  using T = sovereign::core::ApprovalView;
  static constexpr std::string_view name = "AgentApproval";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("id", &T::id),
                 field("permissions", &T::permissions),
                 field("manifest_hash", &T::manifest_hash),
                 field("permissions_hash", &T::permissions_hash),
                 field("git_commit", &T::git_commit),
                 field("folder", &T::folder, {.description = "Of an agent in development."}),
                 field("approved_by", &T::approved_by),
                 field("approved_at", &T::approved_at)};
};

template <>
struct sovereign::json::Table<sovereign::core::PermissionDiff> {
  using T = sovereign::core::PermissionDiff;
  static constexpr std::string_view name = "PermissionDiff";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("added", &T::added),
                 field("removed", &T::removed),
                 field("unchanged", &T::unchanged),
                 field("old_manifest_hash", &T::old_manifest_hash),
                 field("new_manifest_hash", &T::new_manifest_hash),
                 field("old_permissions_hash", &T::old_permissions_hash),
                 field("new_permissions_hash", &T::new_permissions_hash),
                 field("source_changed", &T::source_changed,
                       {.description = "Another commit, or another folder."})};
};

template <>
struct sovereign::json::Table<sovereign::core::UpdateView> {
  using T = sovereign::core::UpdateView;
  static constexpr std::string_view name = "AgentUpdate";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("commit", &T::commit),
                 field("manifest_hash", &T::manifest_hash,
                       {.description = "Send this to enable, to approve the update."}),
                 field("changes", &T::changes), field("permissions", &T::permissions)};
};

template <>
struct sovereign::json::Table<sovereign::core::PermissionReport> {
  using T = sovereign::core::PermissionReport;
  static constexpr std::string_view name = "AgentPermissions";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id),
      field("enablement", &T::enablement),
      field(
          "manifest_hash", &T::manifest_hash,
          {.description = "Send this back to enable, so that what was shown is what is approved."}),
      field("permissions_hash", &T::permissions_hash),
      field("permissions", &T::permissions, {.description = "All that it asks for."}),
      field("approval", &T::approval),
      field("drift", &T::drift,
            {.description = "Present when the agent is not what was approved."}),
      field("update", &T::update,
            {.description = "Present when a newer commit waits for approval."})};
};

template <>
struct sovereign::json::Table<sovereign::core::ShadowedView> {
  using T = sovereign::core::ShadowedView;
  static constexpr std::string_view name = "ShadowedCopy";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("manifest_path", &T::manifest_path),
                                            field("manifest_hash", &T::manifest_hash)};
};

template <>
struct sovereign::json::Table<sovereign::core::AgentDetail> {
  using T = sovereign::core::AgentDetail;
  static constexpr std::string_view name = "AgentDetail";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<T, sovereign::core::AgentSummary>(),
      std::tuple{
          field("states", &T::states), field("manifest", &T::manifest),
          field("source", &T::source, {.description = "The trust story: where it comes from."}),
          field("identity", &T::identity, {.description = "Who stands behind it."}),
          field("permissions", &T::permissions,
                {.description = "What it asks for and what is approved."}),
          field("execution", &T::execution, {.description = "What would run."}),
          field("shadowed", &T::shadowed,
                {.description = "Other folders with the same id: ignored."}),
          field("discovered_at", &T::discovered_at), field("last_seen_at", &T::last_seen_at)});
};

template <>
struct sovereign::json::Table<sovereign::core::Explanation> {
  using T = sovereign::core::Explanation;
  static constexpr std::string_view name = "AgentExplanation";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_id", &T::agent_id),
      field("summary", &T::summary),
      field("may", &T::may, {.description = "What is approved, riskiest first."}),
      field("asks_for", &T::asks_for, {.description = "What is requested and not approved."}),
      field("not_prevented", &T::not_prevented,
            {.description = "Declared by the agent, and enforced by nobody in this version."}),
      field("warnings", &T::warnings)};
};
