// Whether an agent may be started: pure. The order of the checks is fixed, so that the same state
// always gives the same answer: known, installed, built, manifest, approval, not running, not held,
// room for one more.
#pragma once

#include <cstddef>
#include <optional>

#include "base/error.hpp"
#include "core/launcher/ports.hpp"

namespace sovereign::core {

struct GateFacts {
  std::optional<LaunchableAgent> agent;
  Result<LaunchManifest> manifest;  ///< Not looked at without an agent.
  std::optional<LaunchApproval> approval;
  bool is_running = false;  ///< Starting, running, stopping.
  bool is_held = false;     ///< After a crash loop.
  std::size_t running = 0;  ///< Agents that run now.
  std::size_t running_limit = 0;
};

/// Errors: agent_not_found, agent_not_installed, agent_not_built, the manifest's own,
/// agent_not_enabled, permission_drift, agent_already_running, agent_crash_loop, limit_concurrency.
Result<void> check_gate(const GateFacts& facts);

}  // namespace sovereign::core
