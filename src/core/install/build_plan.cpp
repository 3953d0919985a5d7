#include "core/install/build_plan.hpp"

#include <fmt/format.h>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kGetWords[] = {"deps.get"};
constexpr std::string_view kDependencyWords[] = {"deps.compile"};
constexpr std::string_view kCompileWords[] = {"compile"};
constexpr std::string_view kReleaseWords[] = {"release", "--overwrite"};

constexpr BuildStep kSteps[] = {
    {.name = "mix deps.get", .words = kGetWords, .is_fetch = true},
    {.name = "mix deps.compile", .words = kDependencyWords},
    {.name = "mix compile", .words = kCompileWords},
    {.name = "mix release", .words = kReleaseWords},
};

bool says(const process::CommandResult& result, std::string_view words) {
  return result.output.find(words) != std::string::npos ||
         result.errors.find(words) != std::string::npos;
}

Error error_of(CoreCode code, std::string detail, std::string context = {}) {
  return fail(code, std::move(detail), std::move(context)).error();
}

}  // namespace

std::span<const BuildStep> build_steps(EntrypointType type) {
  const std::span<const BuildStep> steps(kSteps);
  switch (type) {
    case EntrypointType::mix_task: return steps.first(3);
    case EntrypointType::release: return steps;
    case EntrypointType::command: return {};
  }
  return {};
}

process::Command build_command(const BuildOptions& options, const BuildStep& step,
                               const BuildPlace& place) {
  const auto& home = place.private_folder;
  process::Command command;
  command.program = options.program;
  command.arguments.assign(step.words.begin(), step.words.end());
  command.environment = {
      {"PATH", options.search_path},
      {"HOME", home.string()},
      {"TMPDIR", (home / "tmp").string()},
      {"MIX_HOME", (home / "mix_home").string()},
      {"HEX_HOME", (home / "hex_home").string()},
      {"REBAR_CACHE_DIR", (home / "rebar3_cache").string()},
      {"MIX_ENV", "prod"},
      {"LANG", "C.UTF-8"},
      {"ERL_CRASH_DUMP_BYTES", "0"},
      // For dependencies that mix fetches with git.
      {"GIT_CONFIG_NOSYSTEM", "1"},
      {"GIT_CONFIG_GLOBAL", "/dev/null"},
      {"GIT_CONFIG_SYSTEM", "/dev/null"},
      {"GIT_TERMINAL_PROMPT", "0"},
      {"GIT_ASKPASS", "/bin/false"},
      {"SSH_ASKPASS", "/bin/false"},
      {"GIT_ALLOW_PROTOCOL",
       place.local == LocalRepositories::allowed ? "https:ssh:file" : "https:ssh"},
  };
  for (const auto& [name, value] : options.extra_environment) {
    command.environment.emplace(name, value);
  }
  command.directory = place.folder.string();
  command.timeout = step.is_fetch ? options.fetch_timeout : options.compile_timeout;
  command.output_bytes = options.output_bytes;
  command.limits.file_size = options.file_bytes;
  return command;
}

Error explain_failure(const BuildStep& step, const process::Command& command,
                      const process::CommandResult& result) {
  if (says(result, "Could not find Hex") || says(result, "Could not find an SCM")) {
    return error_of(CoreCode::build_toolchain_missing,
                    "The agent has dependencies from Hex, and Hex is not installed for builds. "
                    "Run `mix local.hex` once and let MIX_ARCHIVES name its folder.");
  }
  if (says(result, "Could not find \"rebar3\"")) {
    return error_of(CoreCode::build_toolchain_missing,
                    "The agent has Erlang dependencies, and rebar3 is not installed for builds. "
                    "Install it and let MIX_REBAR3 name it.");
  }
  if (result.timed_out) {
    return error_of(CoreCode::build_timed_out,
                    fmt::format("\"{}\" took longer than it may: {} s.", step.name,
                                command.timeout.count() / 1000));
  }
  return error_of(CoreCode::build_failed,
                  fmt::format("\"{}\" failed: {}. The build's output says more.", step.name,
                              process::describe(command, result)));
}

Error explain_start_failure(const BuildOptions& options, const Error& error) {
  if (error.code == ErrorCode::not_found) {
    return error_of(
        CoreCode::build_toolchain_missing,
        fmt::format("The program \"{}\" was not found; install Elixir.", options.program),
        error.detail);
  }
  return error_of(CoreCode::build_failed, "The build could not be started or was cancelled.",
                  error.detail + " " + error.context);
}

}  // namespace sovereign::core
