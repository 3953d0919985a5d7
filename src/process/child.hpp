// A process started by a Spawner: its output, its end, and the end of all it started. Belongs to
// one event loop; every member is called there.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "process/exit_status.hpp"
#include "process/file_descriptor.hpp"
#include "process/tree_scan.hpp"

namespace sovereign::process {

class Spawner;
class ChildState;

/// What the forking thread hands over.
struct SpawnedProcess {
  TreeIdentity tree;
  FileDescriptor pidfd;
  FileDescriptor output;
  FileDescriptor errors;
};

using Pipe = boost::asio::posix::stream_descriptor;

/// Destroying a Child whose tree was not ended kills the tree in the background.
class Child {
 public:
  Child(Spawner& spawner, SpawnedProcess process, boost::asio::any_io_executor executor);
  ~Child();
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;

  pid_t pid() const;
  int pidfd() const;  ///< Valid as long as the Child.
  StartTime start_time() const;
  const TreeIdentity& tree() const;

  /// Reading ends of its standard output and error. Whoever does not read makes the process wait:
  /// that is the backpressure. What it started may hold them open after its end, until end_tree().
  Pipe& output() { return output_; }
  Pipe& errors() { return errors_; }

  /// Set once it has ended and was reaped.
  std::optional<ExitStatus> exit_status() const;

  /// Resumes when the process ends. Several may wait.
  Task<ExitStatus> wait();

  /// The same, until `deadline`; nullopt when it still runs then.
  Task<std::optional<ExitStatus>> wait_until(SteadyTime deadline);

  /// Errors: not_found (it has ended).
  Result<void> send_signal(int signal);

  /// Ends the process and everything it started: SIGTERM to the process, `grace` for it to end by
  /// itself (zero: none, and no SIGTERM), then SIGKILL to whatever of the tree is left, helpers in
  /// sessions of their own and orphans included. Errors: unavailable (something cannot be killed).
  Task<ExitStatus> end_tree(std::chrono::milliseconds grace);

 private:
  std::shared_ptr<ChildState> state_;  ///< Shared with the pending wait on the pidfd.
  Pipe output_;
  Pipe errors_;
};

}  // namespace sovereign::process
