// A run: one start of an agent's process, as it is stored and shown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/ids.hpp"
#include "json/table.hpp"

namespace sovereign::core {

enum class RunStatus : std::uint8_t {
  starting,  ///< From before the process is there until its tools are registered.
  running,
  stopping,
  stopped,  ///< As requested.
  exited,   ///< By itself, with status 0.
  crashed,
};

struct RunInfo {
  RunId run_id;
  std::string agent_id;
  RunStatus status = RunStatus::starting;
  base::Timestamp started_at{};
  std::optional<base::Timestamp> ready_at;
  std::optional<base::Timestamp> stopped_at;
  std::optional<std::int64_t> pid;
  std::optional<std::int64_t> exit_code;
  std::optional<std::int64_t> signal;
  /// Why it ended, in one word and perhaps a sentence: "requested", "start_failed: ...".
  std::string reason;
  std::string manifest_hash;
  std::string started_by;
};

struct RunPage {
  std::vector<RunInfo> runs;  ///< Newest first.
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Names<sovereign::core::RunStatus> {
  using enum sovereign::core::RunStatus;
  static constexpr std::array values = {
      EnumName{starting, "starting"}, EnumName{running, "running"}, EnumName{stopping, "stopping"},
      EnumName{stopped, "stopped"},   EnumName{exited, "exited"},   EnumName{crashed, "crashed"}};
};

template <>
struct sovereign::json::Table<sovereign::core::RunInfo> {
  using T = sovereign::core::RunInfo;
  static constexpr std::string_view name = "Run";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("run_id", &T::run_id),
      field("agent_id", &T::agent_id),
      field("status", &T::status,
            {.description = "exited: by itself with status 0; stopped: as requested."}),
      field("started_at", &T::started_at),
      field("ready_at", &T::ready_at, {.description = "When its tools were registered."}),
      field("stopped_at", &T::stopped_at),
      field("pid", &T::pid),
      field("exit_code", &T::exit_code),
      field("signal", &T::signal),
      field("reason", &T::reason, {.description = "Why it ended."}),
      field("manifest_hash", &T::manifest_hash),
      field("started_by", &T::started_by),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::RunPage> {
  using T = sovereign::core::RunPage;
  static constexpr std::string_view name = "RunPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("runs", &T::runs, {.description = "Newest first."}),
  };
};
