// What every serving program does around its work: signals, and where its logs go.
#pragma once

#include <signal.h>

#include <string>
#include <string_view>

#include "telemetry/access_log.hpp"
#include "telemetry/log.hpp"

namespace sovereign::operations {

/// Blocks SIGINT, SIGTERM and SIGHUP in this thread and those it starts, so that the program waits
/// for them by sigwait(3), and makes errors of what would end it: a peer that went away, a file
/// over its size limit.
sigset_t block_signals();

/// Settings of a log, as both programs name them: level debug, info, warn or error; format auto,
/// json or text; an empty file for standard error.
struct LogSettings {
  std::string_view level;
  std::string_view format;
  std::string_view file;
  std::string_view access;  ///< stderr, off, or a path.
};
telemetry::LogOptions log_options(const LogSettings& settings);
telemetry::AccessLogOptions access_log_options(const LogSettings& settings);

}  // namespace sovereign::operations
