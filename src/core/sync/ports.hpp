// The seam to other programs: git and mix are run through it, so that tests make them fail in every
// way without the programs.
#pragma once

#include "async/task.hpp"
#include "process/run_command.hpp"

namespace sovereign::core {

/// Runs one program to its end; process::run_command() says how.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  virtual Task<process::CommandResult> run(process::Command command) = 0;
};

/// The real one. `spawner` must outlive it.
class SpawnedCommands final : public CommandRunner {
 public:
  explicit SpawnedCommands(process::Spawner& spawner) : spawner_(spawner) {}
  Task<process::CommandResult> run(process::Command command) override {
    return process::run_command(spawner_, std::move(command));
  }

 private:
  process::Spawner& spawner_;
};

}  // namespace sovereign::core
