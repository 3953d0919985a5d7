// Ends all members of a process tree, however they fork and hide.
#pragma once

#include <chrono>

#include "base/error.hpp"
#include "process/tree_scan.hpp"

namespace sovereign::process {

/// Rounds of: stop every member, look again until no more appear (a stopped process cannot fork),
/// kill them all, wait for them to end. Returns when a look finds none. Blocks; zombies are left to
/// who reaps. Errors: unavailable (members are left after `limit`).
Result<void> sweep(const TreeIdentity& tree, std::chrono::milliseconds limit);

/// Blocks until the process of `pidfd` has ended, or until `deadline`.
void await_end(int pidfd, std::chrono::steady_clock::time_point deadline);

}  // namespace sovereign::process
