#include "core/launcher/entry_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kTasksWithBuildOptions = {"run", "app.start",
                                                                    "opensentience.agent"};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Neither an option nor a path nor anything a program could split.
bool is_plain_word(std::string_view text) {
  return !text.empty() && is_alphanumeric(text.front()) && std::ranges::all_of(text, [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '_' || c == ':' || c == '-';
  });
}

Failure invalid(std::string_view what) {
  return fail(CoreCode::manifest_invalid, fmt::format("The manifest's entry point is {}.", what));
}

Result<std::string> path_inside(std::string_view folder, const fs::path& relative) {
  if (relative.is_absolute()) return invalid("an absolute path; it must lie in the agent's folder");
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  const fs::path path = error ? fs::path() : fs::canonical(root / relative, error);
  if (error) {
    return fail(CoreCode::agent_start_failed,
                fmt::format("The agent's folder has no file '{}'.", relative.native()),
                error.message());
  }
  const auto [end, rest] = std::ranges::mismatch(root, path);
  if (end != root.end()) return invalid("a path that leaves the agent's folder");
  return path.native();
}

Result<EntryCommand> mix_command(std::string_view task) {
  if (!is_plain_word(task)) return invalid("no name of a Mix task");
  EntryCommand command{.program = "mix", .arguments = {std::string(task)}};
  if (std::ranges::find(kTasksWithBuildOptions, task) != kTasksWithBuildOptions.end()) {
    command.arguments.insert(command.arguments.end(), {"--no-compile", "--no-deps-check"});
  }
  if (task == "run") command.arguments.emplace_back("--no-halt");
  return command;
}

Result<EntryCommand> release_command(std::string_view value, std::string_view folder) {
  fs::path relative = value;
  if (!value.contains('/')) {
    if (!is_plain_word(value)) return invalid("no name of a release");
    relative = fs::path("_build/prod/rel") / value / "bin" / value;
  }
  auto path = path_inside(folder, relative);
  if (!path) return Failure(std::move(path.error()));
  return EntryCommand{.program = std::move(*path), .arguments = {"start"}};
}

}  // namespace

Result<EntryCommand> entry_command(const LaunchTarget& target, std::string_view folder) {
  switch (target.kind) {
    case LaunchKind::mix_task: return mix_command(target.value);
    case LaunchKind::release: return release_command(target.value, folder);
    case LaunchKind::command: break;
  }
  auto path = path_inside(folder, fs::path(target.value));
  if (!path) return Failure(std::move(path.error()));
  return EntryCommand{.program = std::move(*path), .arguments = {}};
}

}  // namespace sovereign::core
