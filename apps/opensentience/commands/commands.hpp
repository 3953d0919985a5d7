// The program's verbs. Each function adds a family of them to the command line: what they are
// called, what they take, and what they do when chosen.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "cli/session.hpp"

namespace sovereign::opensentience {

/// What the command line has chosen so far. Outlives the parser.
struct Choice {
  CommonOptions common;
  /// Runs the chosen verb and answers the exit code.
  std::function<int(Session&)> run;
  /// For the few that do without a daemon and a home folder.
  std::function<int()> run_alone;
};

void add_daemon_commands(CLI::App& app, Choice& choice);        // serve, status, doctor
void add_agent_commands(CLI::App& app, Choice& choice);         // agents list ... explain
void add_lifecycle_commands(CLI::App& agents, Choice& choice);  // agents install ... uninstall
void add_log_command(CLI::App& agents, Choice& choice);         // agents logs
void add_tool_commands(CLI::App& app, Choice& choice);          // tools list, call; confirmations
void add_registry_commands(CLI::App& app, Choice& choice);      // registry add, list, remove, sync
void add_audit_commands(CLI::App& app, Choice& choice);         // audit tail, export, verify
void add_access_commands(CLI::App& app, Choice& choice);        // token show, rotate; open
void add_completion_command(CLI::App& app, Choice& choice);

/// The exit code of a command that ended with `answer`.
template <typename T>
int exit_code(const Answer<T>& answer) {
  return answer ? kDone : answer.error().exit_code;
}

}  // namespace sovereign::opensentience
