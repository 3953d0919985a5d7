// Runs the steps of a build and checks what they left. The trust boundary: this executes code of
// strangers, so a person must have said so before. Loop thread only.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "core/install/build_log.hpp"
#include "core/install/build_plan.hpp"
#include "core/install/tree_snapshot.hpp"
#include "core/sync/ports.hpp"

namespace sovereign::core {

struct BuildRequest {
  EntrypointType type = EntrypointType::mix_task;
  BuildPlace place;
  /// An exported tree: its sources must be these before, and unchanged after. Nothing for a folder
  /// in development.
  struct Exported {
    std::filesystem::path tree;
    std::string project;  ///< The folder of the manifest in it.
    std::string source_hash;
  };
  std::optional<Exported> exported;
};

struct BuildHashes {
  std::string source_hash;  ///< With the files the build added; empty for a folder in development.
  std::string build_hash;
};

class Builder {
 public:
  /// A line of output as it comes: step, line.
  using OnLine = std::function<void(std::string_view step, std::string_view line)>;

  /// All must outlive it.
  Builder(CommandRunner& runner, async::WorkerPool& pool, const Redactor& redactor,
          BuildOptions options)
      : runner_(runner), pool_(pool), redactor_(redactor), options_(std::move(options)) {}

  /// Runs the steps, keeping `record` up to date. Errors: build_failed (also when the build changed
  /// or removed sources; files it adds are a warning), build_timed_out, build_toolchain_missing,
  /// install_invalid_tree (changed before already), `unavailable`.
  Task<BuildHashes> build(BuildRequest request, std::shared_ptr<BuildRecord> record,
                          OnLine on_line);

 private:
  Task<void> run_step(const BuildStep& step, BuildPlace place, BuildStepRecord& record,
                      OnLine on_line);
  Task<void> prepare(BuildPlace place);
  Task<TreeSnapshot> check_before(BuildRequest::Exported exported);
  Task<BuildHashes> check_after(BuildRequest::Exported exported, TreeSnapshot before,
                                std::shared_ptr<BuildRecord> record);

  CommandRunner& runner_;
  async::WorkerPool& pool_;
  const Redactor& redactor_;
  const BuildOptions options_;
};

}  // namespace sovereign::core
