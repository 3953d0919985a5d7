// What running an agent would allow, for a person who has to decide.
#include <fmt/format.h>

#include <algorithm>

#include "core/catalog/views.hpp"
#include "core/permissions/drift.hpp"

namespace sovereign::core {
namespace {

std::string summary_words(const AgentRecord& record) {
  switch (record.enablement) {
    case Enablement::none: return "Nothing is approved, so it cannot run.";
    case Enablement::revoked: return "Its approval was revoked, so it cannot run.";
    case Enablement::suspended: return "It is disabled; what was approved is kept.";
    case Enablement::drifted:
      return "It is not what was approved any more, so it cannot run until somebody approves it "
             "again.";
    case Enablement::active:
      return "It may run as a program of its own, under your account, with what is approved here.";
  }
  return {};
}

std::vector<Permission> parsed(const std::vector<std::string>& texts) {
  std::vector<Permission> permissions;
  for (const auto& text : texts) {
    if (auto permission = Permission::parse(text)) permissions.push_back(std::move(*permission));
  }
  std::ranges::sort(permissions, [](const Permission& a, const Permission& b) {
    const auto risk_a = a.risk().level;
    const auto risk_b = b.risk().level;
    return risk_a != risk_b ? risk_a > risk_b : a.text() < b.text();
  });
  return permissions;
}

std::string sentence_of(const Permission& permission) {
  const auto [level, reason] = permission.risk();
  if (level == Risk::low) return permission.describe();
  return fmt::format("{} ({} risk: {})", permission.describe(), to_string(level), reason);
}

void add_warnings(const AgentRecord& record, const std::vector<Permission>& requested,
                  Explanation& explanation) {
  auto& warnings = explanation.warnings;
  const auto warn_if = [&warnings](bool holds, std::string_view sentence) {
    if (holds) warnings.emplace_back(sentence);
  };
  const bool reaches_any_host = std::ranges::any_of(requested, [](const Permission& p) {
    return p.domain() == PermissionDomain::network && p.risk().level == Risk::high;
  });
  warn_if(record.badge.verification_level == 0 && reaches_any_host,
          "Nobody verified it, and it asks to connect to any host.");
  warn_if(record.origin == Origin::local_dev,
          "It runs from a folder that can change at any time; only its manifest is checked.");
  warn_if(record.badge.is_deprecated, "Its registry lists it as deprecated.");
  warn_if(record.is_gone, "Where it came from is not there any more.");
  warn_if(!record.shadowed.empty(),
          "Other folders hold an agent of the same id; they are ignored.");
  warn_if(!record.is_runnable && !record.manifest_path.empty(),
          "Its manifest has errors, so it can be neither approved nor run.");
  const auto& expected = record.provenance.expected_manifest_hash;
  warn_if(!expected.empty() && !record.manifest_hash.empty() && expected != record.manifest_hash,
          "Its manifest is not the one that its registry promises.");
}

}  // namespace

Explanation explain_agent(const AgentRecord& record, const Approvals& approvals) {
  Explanation explanation{.agent_id = record.id.text(), .summary = summary_words(record)};
  const auto approval = approvals.kept(record.id);
  const auto requested = parsed(record.permissions);
  for (const auto& permission : requested) {
    const bool is_approved =
        approval && std::ranges::binary_search(approval->permissions, permission.text());
    (is_approved ? explanation.may : explanation.asks_for).push_back(sentence_of(permission));
    if (permission.enforcement() == Enforcement::declared_only) {
      explanation.not_prevented.push_back(
          fmt::format("{}: declared by the agent; this version does not stop it from more than "
                      "that.",
                      permission.text()));
    }
  }
  add_warnings(record, requested, explanation);
  return explanation;
}

}  // namespace sovereign::core
