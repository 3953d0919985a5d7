// What the launcher asks of the rest of the Core, and nothing more. The composition root connects
// these to the catalog, the approvals, the hub, the audit log, the event bus and the redactor.
// Everything is called on the loop thread unless it says otherwise.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "core/actor.hpp"
#include "core/ids.hpp"
#include "core/state.hpp"
#include "crypto/digest.hpp"
#include "json/parse.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// An agent as far as starting it goes.
struct LaunchableAgent {
  AgentId id;
  Origin origin = Origin::installed;
  InstallState install = InstallState::none;
  BuildState build = BuildState::not_built;
  std::string folder;         ///< Where it runs: the installed tree, or a folder in development.
  std::string manifest_path;  ///< Absolute.
  std::string commit;         ///< Of the installed tree; empty in development.
};

enum class LaunchKind : std::uint8_t { mix_task, release, command };

/// The manifest's entry point. `value` is one word or path, never split into arguments.
struct LaunchTarget {
  LaunchKind kind = LaunchKind::mix_task;
  std::string value;
};

/// The manifest as it is on disk now.
struct LaunchManifest {
  std::string hash;
  std::string permissions_hash;
  LaunchTarget target;
};

class AgentSource {
 public:
  virtual ~AgentSource() = default;
  virtual std::optional<LaunchableAgent> find(const AgentId& agent) const = 0;
  /// Reads and hashes the manifest again. Blocks; called on a worker's thread. Errors: the
  /// manifest_* codes; `unavailable`.
  virtual Result<LaunchManifest> read_manifest(const LaunchableAgent& agent) const = 0;
  virtual void set_live(const AgentId& agent, LiveState live) = 0;
};

/// The approval that holds, and what it was given for.
struct LaunchApproval {
  ApprovalId id;
  std::string manifest_hash;
  std::string permissions_hash;
  std::string commit;  ///< Empty for a folder in development.
  std::string folder;  ///< Empty for an installed tree.
  /// Whether an approved env:read permission names this variable.
  std::function<bool(std::string_view name)> allows_env;
};

class ApprovalSource {
 public:
  virtual ~ApprovalSource() = default;
  /// Nothing when there is none, or it is suspended or revoked.
  virtual std::optional<LaunchApproval> active(const AgentId& agent) const = 0;
};

/// Announces a launch to those who wait for its connection: Hub::expect.
struct ExpectedConnection {
  AgentId agent;
  RunId run;
  crypto::Digest256 token_digest;  ///< SHA-256 of the token's text.
  std::string manifest_hash;
  base::SteadyTime expires;
};

class ConnectionControl {
 public:
  virtual ~ConnectionControl() = default;
  virtual void expect(ExpectedConnection expected) = 0;
  virtual void set_process(RunId run, pid_t pid, int pidfd) = 0;
  /// Goodbye, then close; calls under way fail. An unknown run: nothing.
  virtual void withdraw(RunId run, std::string_view reason) = 0;
};

enum class RunEventLevel : std::uint8_t { info, warning, error, security };

struct RunEvent {
  std::string_view type;  ///< "agent.run_started"
  RunEventLevel level = RunEventLevel::info;
  Actor actor;
  AgentId agent;
  std::optional<RunId> run;  ///< None when no run came of it.
  json::Object metadata;     ///< Codes, numbers, paths; never the token.
};

class RunJournal {
 public:
  virtual ~RunJournal() = default;
  /// The audit row, for the Write of the change it records.
  virtual sql::Call audit_row(RunEvent event, base::Timestamp at) = 0;
  /// To those who listen now: EventBus::publish.
  virtual void publish(std::string_view type, std::string_view subject, json::Object data) = 0;
};

/// One for each stream of a run; a private key may span lines. Called on workers' threads, one line
/// at a time.
class LineFilter {
 public:
  virtual ~LineFilter() = default;
  virtual std::string line(std::string_view line) = 0;
};

class LogRedaction {
 public:
  virtual ~LogRedaction() = default;
  virtual std::unique_ptr<LineFilter> make_filter() = 0;
  /// Keeps the value of a variable with a sensitive name out of all logs while the answer lives.
  virtual std::shared_ptr<void> keep_out(std::string_view name, std::string value) = 0;
};

}  // namespace sovereign::core
