// The fork and exec themselves: the only place that does it. For the Spawner, on its thread.
#pragma once

#include "base/error.hpp"
#include "process/child.hpp"
#include "process/launch_plan.hpp"

namespace sovereign::process {

/// The file that `plan.program` names, as execvp(3) would look it up, but only in the plan's own
/// PATH. Errors: not_found, forbidden (found, but not executable).
Result<std::string> find_program(const LaunchPlan& plan);

/// Blocks until the new program runs or failed to. Errors: as Spawner::spawn.
Result<SpawnedProcess> launch(const LaunchPlan& plan);

}  // namespace sovereign::process
