// The environment of an agent's process, exactly: what the runtime protocol lists ("Launch
// environment"), what keeps the BEAM quiet and closed, and the variables a person approved.
#pragma once

#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/launcher/ports.hpp"
#include "process/launch_plan.hpp"

namespace sovereign::core {

struct EnvironmentFacts {
  const AgentId& agent;
  RunId run;
  std::string_view session_token;
  std::string_view socket;
  std::string_view manifest_hash;
  std::string_view install_path;
  std::string_view path;       ///< PATH.
  std::string_view home;       ///< The agent's own.
  std::string_view temporary;  ///< The agent's own.
  const process::Environment&
      operator_environment;  ///< Of the Core itself: where approved values are.
  LaunchKind kind = LaunchKind::mix_task;
};

/// Approved variables never replace those above, and none of the Core's own (OPENSENTIENCE_*) is
/// passed.
process::Environment launch_environment(const EnvironmentFacts& facts,
                                        const LaunchApproval& approval);

/// The environment of this program.
process::Environment own_environment();

}  // namespace sovereign::core
