#include "core/launcher/gate.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

using Check = Result<void> (*)(const GateFacts&);

Result<void> is_known(const GateFacts& facts) {
  if (facts.agent) return {};
  return fail(CoreCode::agent_not_found, "No agent has this id.");
}

Result<void> is_installed(const GateFacts& facts) {
  const auto& agent = *facts.agent;
  if (agent.install == InstallState::fetched || agent.origin == Origin::local_dev) return {};
  return fail(CoreCode::agent_not_installed,
              fmt::format("Install it first: opensentience agents install {}", agent.id.text()));
}

Result<void> is_built(const GateFacts& facts) {
  const auto& agent = *facts.agent;
  // Only Mix projects are built here. One whose manifest cannot be read may be such a project.
  const bool needs_build = !facts.manifest || facts.manifest->target.kind == LaunchKind::mix_task;
  if (!needs_build || agent.build == BuildState::built) return {};
  const std::string_view why = agent.build == BuildState::stale
                                   ? "Its source changed since the build. Build it again"
                                   : "Build it first";
  return fail(CoreCode::agent_not_built,
              fmt::format("{}: opensentience agents build {}", why, agent.id.text()));
}

Result<void> has_manifest(const GateFacts& facts) {
  if (facts.manifest) return {};
  return Failure(facts.manifest.error());
}

Result<void> is_approved(const GateFacts& facts) {
  if (!facts.approval) {
    return fail(
        CoreCode::agent_not_enabled,
        fmt::format("Look at its permissions and enable it first: opensentience agents enable {}",
                    facts.agent->id.text()));
  }
  const auto& approval = *facts.approval;
  const bool is_same_place = approval.commit == facts.agent->commit &&
                             (approval.folder.empty() || approval.folder == facts.agent->folder);
  if (approval.manifest_hash == facts.manifest->hash &&
      approval.permissions_hash == facts.manifest->permissions_hash && is_same_place) {
    return {};
  }
  return fail(
      CoreCode::permission_drift,
      fmt::format("The agent changed since it was approved. Look at what changed and enable "
                  "it again: opensentience agents enable {}",
                  facts.agent->id.text()));
}

Result<void> is_idle(const GateFacts& facts) {
  if (!facts.is_running) return {};
  return fail(CoreCode::agent_already_running, "The agent runs already.");
}

Result<void> is_not_held(const GateFacts& facts) {
  if (!facts.is_held) return {};
  return fail(CoreCode::agent_crash_loop,
              fmt::format("The agent crashed too often and is held. Look at its logs; to start it "
                          "all the same: opensentience agents restart {}",
                          facts.agent->id.text()));
}

Result<void> has_room(const GateFacts& facts) {
  if (facts.running < facts.running_limit) return {};
  return fail(CoreCode::limit_concurrency,
              fmt::format("{} agents run, which is the limit. Stop one first.", facts.running));
}

constexpr Check kChecks[] = {is_known,    is_installed, is_built,    has_manifest,
                             is_approved, is_idle,      is_not_held, has_room};

}  // namespace

Result<void> check_gate(const GateFacts& facts) {
  for (const Check check : kChecks) {
    if (auto passed = check(facts); !passed) return passed;
  }
  return {};
}

}  // namespace sovereign::core
