// Every setting of the daemon, with its default. They live in config.toml of the home folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/settings.hpp"
#include "operations/program.hpp"

namespace sovereign::opensentience {

struct Settings {
  std::int64_t port = 6767;
  std::vector<std::string> scan_roots = {"~/Projects"};
  bool scan_watch = true;
  std::string agent_path = "/usr/local/bin:/usr/bin:/bin";
  std::int64_t running_limit = 64;
  std::int64_t call_timeout_seconds = 30;
  std::int64_t call_timeout_limit_seconds = 600;
  std::int64_t calls_per_agent = 3;
  std::int64_t human_calls_per_minute = 6000;
  std::int64_t agent_calls_per_minute = 60;
  std::int64_t max_frame_bytes = 4 * 1024 * 1024;
  std::int64_t max_inflight_requests = 256;
  std::int64_t max_tools = 256;
  std::int64_t max_stream_bytes = 10 * 1024 * 1024;
  std::int64_t register_seconds = 30;
  std::int64_t heartbeat_milliseconds = 5000;
  std::string log_level = "info";
  std::string log_format = "auto";
  std::string log_file;
  std::string access_log = "off";
  std::int64_t drain_seconds = 5;
};

const config::Table& setting_table();

/// Merges and checks the sources; a leading "~/" of a scan root becomes the user's home. Errors as
/// of config::load_into(), and for a scan root that is not absolute.
Result<Settings> load_settings(const config::Sources& sources);

/// Where the settings want logs.
operations::LogSettings log_settings(const Settings& settings);

/// As TOML, each key with its meaning.
std::string print_settings(Settings settings);

}  // namespace sovereign::opensentience
