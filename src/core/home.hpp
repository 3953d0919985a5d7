// The Core's folder and where everything lies in it. One place for every path.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "core/ids.hpp"

namespace sovereign::core {

/// All folders are 0700 and owned by the user, all files 0600.
class Home {
 public:
  /// `root` must be absolute.
  explicit Home(std::filesystem::path root) : root_(std::move(root)) {}

  /// OPENSENTIENCE_HOME, or ~/.opensentience. Error: `unavailable` when neither names an absolute
  /// path.
  static Result<Home> of_environment();

  /// Makes the folders that are missing. Errors (`unavailable`, naming the folder and what to do):
  /// not a folder, of another user, open to group or others, not to be made.
  Result<void> prepare() const;

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path state() const { return root_ / "state"; }
  std::filesystem::path database() const { return state() / "core.sqlite3"; }
  std::filesystem::path lock() const { return state() / "core.lock"; }
  std::filesystem::path admin_token() const { return state() / "admin.token"; }
  std::filesystem::path audit_key() const { return state() / "audit.key"; }
  std::filesystem::path audit_checkpoints() const { return state() / "audit.checkpoints"; }
  std::filesystem::path settings() const { return root_ / "config.toml"; }

  std::filesystem::path agents() const { return root_ / "agents"; }
  /// Everything that was installed of one agent.
  std::filesystem::path agent(const AgentId& id) const { return agents() / id.text(); }
  /// The source of one commit, without its .git.
  std::filesystem::path tree(const AgentId& id, std::string_view commit) const {
    return agent(id) / "trees" / std::string(commit.substr(0, 12));
  }
  /// What an agent may write: its HOME and TMPDIR.
  std::filesystem::path agent_private(const AgentId& id) const { return agent(id) / "private"; }
  /// HOME, MIX_HOME and the like of an agent's build.
  std::filesystem::path build(const AgentId& id) const { return state() / "build" / id.text(); }
  /// A bare clone, where no agent may write.
  std::filesystem::path mirror(const AgentId& id) const {
    return root_ / "mirrors" / (id.text() + ".git");
  }

  std::filesystem::path registries() const { return root_ / "registries"; }
  std::filesystem::path registry(std::string_view name) const {
    return registries() / (std::string(name) + ".git");
  }

  std::filesystem::path logs() const { return root_ / "logs"; }
  std::filesystem::path run_log(const AgentId& agent, const RunId& run) const {
    return logs() / agent.text() / (run.to_string() + ".log");
  }

  /// Where sockets are: run/ here, or below XDG_RUNTIME_DIR when the path of a socket would not fit
  /// into the 107 bytes of an address.
  std::filesystem::path sockets() const;
  std::filesystem::path agent_socket() const { return sockets() / "core.sock"; }
  std::filesystem::path admin_socket() const { return sockets() / "admin.sock"; }

 private:
  std::filesystem::path root_;
};

/// Makes `folder` (0700) unless it is there and safe; the checks of Home::prepare().
Result<void> prepare_private_folder(const std::filesystem::path& folder);

}  // namespace sovereign::core
