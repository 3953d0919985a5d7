// What the agent routes answer, with the field tables that document it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/catalog/agent_record.hpp"
#include "core/catalog/search_types.hpp"
#include "core/permissions/approvals.hpp"

namespace sovereign::core {

/// An agent in a list.
struct AgentSummary {
  std::string agent_id;
  std::string name;
  std::string version;
  std::string description;
  std::string status;
  std::string origin;
  std::string enablement;
  std::string run;
  std::string health;
  std::vector<std::string> keywords;
  std::vector<std::string> capabilities;
  std::vector<std::string> integration_points;
  std::int64_t verification_level = 0;
  std::optional<double> trust_score;
  bool is_deprecated = false;
  bool has_update = false;
  std::int64_t problem_count = 0;
  std::optional<std::string> match;
  std::optional<std::string> explanation;
};

struct FacetView {
  std::string value;
  std::int64_t count = 0;
};

struct AgentFacets {
  std::vector<FacetView> statuses;
  std::vector<FacetView> capabilities;
  std::vector<FacetView> integration_points;
};

struct AgentList {
  std::vector<AgentSummary> agents;
  std::int64_t total = 0;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
  AgentFacets facets;
};

struct AgentStates {
  std::string origin;
  std::string install;
  std::string build;
  std::string enablement;
  std::string run;
  std::string health;
  std::string connection;
};

struct ProblemView {
  std::string path;
  std::string code;
  std::string message;
  std::string severity;
};

struct ManifestView {
  std::string path;
  std::string hash;
  std::string permissions_hash;
  bool is_runnable = false;
  std::vector<ProblemView> problems;
};

// The trust story: four blocks.
struct SourceView {
  std::string git_url;
  std::string git_ref;
  std::string git_commit;
  std::string git_tree;
  std::string registry;
  std::string registry_commit;
  std::string expected_manifest_hash;
  std::optional<bool> is_as_expected;  ///< Nothing when the registry promises nothing.
  bool is_mutable = false;
};

struct IdentityView {
  std::string publisher;
  std::int64_t verification_level = 0;
  std::string verification;
  std::optional<double> trust_score;
  bool is_deprecated = false;
  std::string replacement_id;
};

struct ExecutionView {
  std::string folder;
  std::optional<base::Timestamp> built_at;
  std::string last_error;
};

struct PermissionView {
  std::string permission;
  std::string category;
  std::string description;
  std::string risk;
  std::string risk_reason;
  std::string enforcement;
  bool is_approved = false;
  bool is_dangerous = false;
};

struct ApprovalView {
  std::string id;
  std::vector<std::string> permissions;
  std::string manifest_hash;
  std::string permissions_hash;
  std::string git_commit;
  std::string folder;
  std::string approved_by;
  base::Timestamp approved_at{};
};

/// What changed since an approval, or would change with an update.
struct PermissionDiff {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> unchanged;
  std::string old_manifest_hash;
  std::string new_manifest_hash;
  std::string old_permissions_hash;
  std::string new_permissions_hash;
  bool source_changed = false;
};

struct UpdateView {
  std::string commit;
  std::string manifest_hash;
  PermissionDiff changes;
  std::vector<PermissionView> permissions;
};

struct PermissionReport {
  std::string agent_id;
  std::string enablement;
  std::string manifest_hash;
  std::string permissions_hash;
  std::vector<PermissionView> permissions;
  std::optional<ApprovalView> approval;
  std::optional<PermissionDiff> drift;
  std::optional<UpdateView> update;
};

struct ShadowedView {
  std::string manifest_path;
  std::string manifest_hash;
};

struct AgentDetail : AgentSummary {
  AgentStates states;
  ManifestView manifest;
  SourceView source;
  IdentityView identity;
  PermissionReport permissions;
  ExecutionView execution;
  std::vector<ShadowedView> shadowed;
  base::Timestamp discovered_at{};
  base::Timestamp last_seen_at{};
};

/// What running it would allow, in words.
struct Explanation {
  std::string agent_id;
  std::string summary;
  std::vector<std::string> may;            ///< What holds, riskiest first.
  std::vector<std::string> asks_for;       ///< What is requested and not approved.
  std::vector<std::string> not_prevented;  ///< Declared only: nobody would stop more than that.
  std::vector<std::string> warnings;
};

AgentSummary summary_of(const AgentRecord& record);
AgentList list_of(const SearchAnswer& answer, std::int64_t page, std::int64_t per_page);
AgentDetail detail_of(const AgentRecord& record, const Approvals& approvals);
PermissionReport permissions_of(const AgentRecord& record, const Approvals& approvals);
Explanation explain_agent(const AgentRecord& record, const Approvals& approvals);

}  // namespace sovereign::core
