// The launcher's own records, shared by its sources and nobody else.
#pragma once

#include "core/launcher/launcher.hpp"

namespace sovereign::core {

struct Launcher::Entry {
  explicit Entry(RestartTimes times) : restarts(times) {}

  RestartState restarts;
  RestartPolicy policy = RestartPolicy::never;
  std::shared_ptr<Run> run;       ///< Null unless there is a process.
  std::shared_ptr<RunLog> log;    ///< Of the current or last run.
  std::optional<RunId> last_run;  ///< The same.
  /// Of the run that ended last: what that said may still wait to be written, the audit log's rows
  /// for example, which are redacted then.
  KeptSecrets last_secrets;
  bool is_launching = false;
  bool is_launch_unwanted = false;  ///< A stop came while it was launching.
  std::uint64_t backoff = 0;        ///< Changed to make a pending restart obsolete.
  bool is_waiting = false;          ///< For a restart.
  WakeUp backoff_ended;
  LiveState live;
};

struct Launcher::Admitted {
  LaunchableAgent agent;
  LaunchManifest manifest;
  LaunchApproval approval;
  EntryCommand command;
};

struct Launcher::Prepared {
  RunInfo info;
  process::LaunchPlan plan;
  std::string token;
  std::shared_ptr<RunLog> log;
  KeptSecrets secrets;
  RunDeadlines deadlines;
};

/// Marks an entry while it is being launched, so that nobody else launches it.
class Launcher::Launching {
 public:
  explicit Launching(Entry& entry) : entry_(entry) {
    entry_.is_launching = true;
    entry_.is_launch_unwanted = false;
  }
  ~Launching() { entry_.is_launching = false; }
  Launching(const Launching&) = delete;
  Launching& operator=(const Launching&) = delete;

 private:
  Entry& entry_;
};

}  // namespace sovereign::core
