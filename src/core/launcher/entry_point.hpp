// From a manifest's entry point to a program and its arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/launcher/ports.hpp"

namespace sovereign::core {

struct EntryCommand {
  std::string program;  ///< A name to be found in PATH, or an absolute path inside the folder.
  std::vector<std::string> arguments;
};

/// mix_task: `mix <task>`, with --no-compile and --no-deps-check for the tasks that are known to
/// take them (run, app.start, opensentience.agent), so that what runs is what was built.
/// release: `_build/prod/rel/<name>/bin/<name> start`, or `<path> start` when the value has a '/'.
/// command: the program at that path, without arguments.
/// Paths are relative to `folder` and, links followed, must not leave it. Looks at files: on a
/// worker only. Errors: manifest_invalid (not such a word or path), agent_start_failed (no such
/// file).
Result<EntryCommand> entry_command(const LaunchTarget& target, std::string_view folder);

}  // namespace sovereign::core
