// What builds said: bounded, redacted, in memory only. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "core/ids.hpp"
#include "core/redaction/line_redactor.hpp"
#include "core/state.hpp"

namespace sovereign::core {

enum class StepState : std::uint8_t { waiting, running, succeeded, failed };

struct BuildStepRecord {
  std::string name;
  StepState state = StepState::waiting;
  std::optional<std::int64_t> exit_code;  ///< None when a signal ended it or it did not start.
  std::int64_t duration_ms = 0;
  std::string output;  ///< Both streams as they came, redacted.
  std::int64_t output_bytes = 0;
  bool output_truncated = false;
};

struct BuildRecord {
  AgentId agent;
  std::string commit;  ///< Empty for a folder in development.
  BuildState state = BuildState::building;
  std::vector<BuildStepRecord> steps;
  std::string code;   ///< Of the failure, or empty.
  std::string error;  ///< Of the failure, or empty.
  std::vector<std::string> warnings;
  base::Timestamp started_at{};
  std::optional<base::Timestamp> finished_at;
};

/// Turns what a step's streams say into redacted lines.
class StepOutput {
 public:
  using OnLine = std::function<void(std::string_view line)>;
  static constexpr std::size_t kMaxLine = 8192;  ///< Longer ones are cut into several.

  /// All must outlive it.
  StepOutput(const Redactor& redactor, BuildStepRecord& step, std::size_t limit, OnLine on_line)
      : redactor_(redactor), step_(step), limit_(limit), on_line_(std::move(on_line)) {}

  void add(std::string_view bytes);
  /// A last line without its end.
  void finish();

 private:
  void put(std::string_view line);

  LineRedactor redactor_;
  BuildStepRecord& step_;
  const std::size_t limit_;
  OnLine on_line_;
  std::string partial_;
};

/// The last build of each of the agents built last.
class BuildLogs {
 public:
  static constexpr std::size_t kAgents = 32;

  /// Replaces what was there of the agent. Shared with the build that fills it.
  std::shared_ptr<BuildRecord> start(BuildRecord record);
  /// Null when there is none.
  std::shared_ptr<const BuildRecord> find(const AgentId& agent) const;
  void forget(const AgentId& agent);

 private:
  std::list<std::shared_ptr<BuildRecord>> records_;  ///< Newest first.
};

}  // namespace sovereign::core
