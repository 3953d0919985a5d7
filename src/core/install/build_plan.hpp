// What a build runs, and what to say when it fails: decided here, done by Builder. Pure.
//
// Every step executes code of the agent and its dependencies: even `mix deps.get` evaluates
// mix.exs. The folders and variables below keep it from the operator's own files by convention
// only; keeping it by force is the sandbox's work.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/manifest/manifest.hpp"
#include "core/sync/git_source.hpp"
#include "process/run_command.hpp"

namespace sovereign::core {

struct BuildOptions {
  std::string program = "mix";
  std::string search_path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH.
  std::chrono::milliseconds fetch_timeout{300'000};
  std::chrono::milliseconds compile_timeout{900'000};
  std::uint64_t file_bytes = 1ULL << 30;  ///< Of one file a build writes.
  std::size_t output_bytes = 200'000;     ///< Kept of a step's output.
  /// An operator's Hex and rebar3, so that not every agent brings its own: MIX_ARCHIVES,
  /// MIX_REBAR3, https_proxy ...
  process::Environment extra_environment = {};
};

struct BuildStep {
  std::string_view name;                    ///< "mix deps.get": a constant.
  std::span<const std::string_view> words;  ///< Arguments of mix.
  bool is_fetch = false;                    ///< Downloads; else compiles.
};

/// None for `command`: there is nothing to build.
std::span<const BuildStep> build_steps(EntrypointType type);

struct BuildPlace {
  std::filesystem::path folder;          ///< The folder of the manifest.
  std::filesystem::path private_folder;  ///< Home::build(): HOME, MIX_HOME and the like.
  LocalRepositories local = LocalRepositories::refused;  ///< Whether dependencies may be.
};

/// MIX_ENV=prod, standard input /dev/null, an exact environment.
process::Command build_command(const BuildOptions& options, const BuildStep& step,
                               const BuildPlace& place);

/// Why a step that did not succeed failed: build_toolchain_missing (Hex or rebar3 is wanted),
/// build_timed_out or build_failed. The detail holds nothing of the output.
Error explain_failure(const BuildStep& step, const process::Command& command,
                      const process::CommandResult& result);

/// For a program that could not be started: build_toolchain_missing or build_failed.
Error explain_start_failure(const BuildOptions& options, const Error& error);

}  // namespace sovereign::core
