// Starts processes and ends their trees. One thread does all forking and lives as long as the
// Spawner: the kernel ties PR_SET_PDEATHSIG to the forking thread, so when this program ends, in
// whatever way, every process started here gets SIGKILL.
#pragma once

#include <sys/types.h>

#include <functional>
#include <mutex>
#include <unordered_set>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "process/child.hpp"
#include "process/launch_plan.hpp"
#include "process/tree_scan.hpp"

namespace sovereign::process {

/// Makes orphans of the trees started here children of this program (PR_SET_CHILD_SUBREAPER), so
/// that they are found and reaped. Once, at start-up. Errors: internal.
Result<void> become_subreaper();

class Spawner {
 public:
  Spawner();
  /// Ends the thread, and with it every process that is left. Children must be gone before.
  ~Spawner();
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;

  /// Starts a process in a session of its own with: the plan's program, environment, directory and
  /// limits; only descriptors 0, 1 and 2; umask 077; signals as in a fresh process; no way to gain
  /// privileges. Resumes when the new program runs, or failed to.
  /// Errors, with a detail that names the program or folder: not_found (program, its interpreter,
  /// folder), forbidden (not executable, no access), unprocessable (a NUL byte in a string, too
  /// large an environment), unavailable (no processes or memory; queue full), internal.
  Task<Child> spawn(LaunchPlan plan);

  /// Ends every process of a tree: repeated rounds of stop, then kill, until none is left. At most
  /// five seconds. Errors: unavailable (processes are left; in uninterruptible sleep).
  Task<void> kill_tree(TreeIdentity tree);

  /// Reaps processes that were orphaned to this program and ended. Cheap; call it once a second.
  /// Children of other parts of this program (same session as it) are left alone.
  void reap_orphans();

  /// Does what was asked for, then ends the thread, and with it every process that is left. Before
  /// the end of the loops that callers wait on; later spawns are refused as unavailable.
  void stop() { thread_.stop(); }

 private:
  friend class ChildState;

  /// waitid(2) on a child of ours; nullopt while it runs.
  std::optional<ExitStatus> reap(pid_t pid, int pidfd);
  /// Ends the tree without anybody waiting for it.
  void kill_in_background(TreeIdentity tree, FileDescriptor pidfd);

  bool is_registered(pid_t pid) const;
  Result<SpawnedProcess> launch_registered(const LaunchPlan& plan);
  void reap_orphans_now();

  /// Held while a child is reaped, so that a pid is never both reused and registered as another's.
  mutable std::mutex mutex_;
  std::unordered_set<pid_t> registered_;
  async::WorkerPool thread_;
};

}  // namespace sovereign::process
