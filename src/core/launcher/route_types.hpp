// What the run routes take and answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/launcher/log_lines.hpp"
#include "core/launcher/restart_policy.hpp"
#include "core/launcher/run_log.hpp"
#include "core/launcher/run_store.hpp"

namespace sovereign::core {

struct RunRequest {
  std::optional<RestartPolicy> restart;
};

struct StopRequest {
  std::string reason;
};

struct RunQuery {
  std::int64_t limit = 20;
};

struct LogQuery {
  std::optional<std::string> run;
  std::int64_t tail = 200;
  bool follow = false;
};

struct LogPage {
  std::string run_id;
  std::vector<LogLine> lines;  ///< Oldest first.
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::RunRequest> {
  using T = sovereign::core::RunRequest;
  static constexpr std::string_view name = "RunRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("restart", &T::restart,
            {.description = "What to do when the agent ends by itself. never, unless given; a "
                            "restart keeps what was.",
             .example = R"("on-failure")"}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::StopRequest> {
  using T = sovereign::core::StopRequest;
  static constexpr std::string_view name = "StopRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("reason", &T::reason,
            {.description = "For the audit log.", .optional = true, .max_length = 200}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::RunQuery> {
  using T = sovereign::core::RunQuery;
  static constexpr std::string_view name = "RunQuery";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("limit", &T::limit,
            {.optional = true,
             .minimum = 1,
             .maximum = double{sovereign::core::RunStore::kMaxListed}}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::LogQuery> {
  using T = sovereign::core::LogQuery;
  static constexpr std::string_view name = "LogQuery";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("run", &T::run, {.description = "Id of a run; the last one when left out."}),
      field("tail", &T::tail,
            {.description = "How many lines, counted from the end.",
             .optional = true,
             .minimum = 1,
             .maximum = double{sovereign::core::RunLog::kLines}}),
      field("follow", &T::follow,
            {.description = "Answer with server-sent events that go on until the run is over.",
             .optional = true}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::LogPage> {
  using T = sovereign::core::LogPage;
  static constexpr std::string_view name = "LogPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("run_id", &T::run_id),
      field("lines", &T::lines, {.description = "Oldest first."}),
  };
};
