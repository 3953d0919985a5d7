#include "operations/program.hpp"

#include <unistd.h>

namespace sovereign::operations {

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  return signals;
}

telemetry::LogOptions log_options(const LogSettings& settings) {
  telemetry::LogOptions options{.file = settings.file};
  if (settings.format == "json") options.format = telemetry::LogFormat::json;
  if (settings.format == "text") options.format = telemetry::LogFormat::text;
  if (settings.level == "debug") options.level = telemetry::Level::debug;
  if (settings.level == "warn") options.level = telemetry::Level::warning;
  if (settings.level == "error") options.level = telemetry::Level::error;
  return options;
}

telemetry::AccessLogOptions access_log_options(const LogSettings& settings) {
  telemetry::AccessLogOptions options;
  if (settings.access == "stderr") {
    options.target = telemetry::AccessTarget::standard_error;
  } else if (settings.access != "off") {
    options.target = telemetry::AccessTarget::file;
    options.file = settings.access;
  }
  const bool is_terminal =
      options.target == telemetry::AccessTarget::standard_error && ::isatty(STDERR_FILENO) != 0;
  if (settings.format == "text" || (settings.format == "auto" && is_terminal)) {
    options.format = telemetry::AccessFormat::combined;
  }
  return options;
}

}  // namespace sovereign::operations
