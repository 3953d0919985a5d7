#include "daemon/settings.hpp"

#include <fmt/format.h>

namespace sovereign::opensentience {
namespace {

using S = Settings;
using config::place;
constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};
constexpr std::string_view kLogFormats[] = {"auto", "json", "text"};

config::Row whole_number(std::string_view key, std::string_view environment, config::Place where,
                         std::string_view description, std::int64_t minimum, std::int64_t maximum) {
  return {.key = key,
          .environment = environment,
          .place = where,
          .description = description,
          .minimum = minimum,
          .maximum = maximum};
}

const std::vector<config::Row>& rows() {
  static const std::vector<config::Row> all = {
      whole_number("port", "OPENSENTIENCE_PORT", place<&S::port>,
                   "Port of the API and the pages on 127.0.0.1; 0 picks a free one.", 0, 65535),
      {"scan.roots", "OPENSENTIENCE_SCAN_ROOTS", place<&S::scan_roots>,
       "Folders that are searched for agents in development; nothing in them is executed."},
      {"scan.watch", "OPENSENTIENCE_SCAN_WATCH", place<&S::scan_watch>,
       "Whether changed manifests in them are noticed at once."},
      {"agents.path", "OPENSENTIENCE_AGENT_PATH", place<&S::agent_path>,
       "PATH of builds and of agents."},
      whole_number("agents.running_limit", "OPENSENTIENCE_RUNNING_LIMIT", place<&S::running_limit>,
                   "Agents that may run at once.", 1, 10'000),
      whole_number("calls.timeout_seconds", "OPENSENTIENCE_CALL_TIMEOUT",
                   place<&S::call_timeout_seconds>, "Of a tool call that asks for no other.", 1,
                   3600),
      whole_number("calls.timeout_limit_seconds", "OPENSENTIENCE_CALL_TIMEOUT_LIMIT",
                   place<&S::call_timeout_limit_seconds>, "The longest a tool call may ask for.", 1,
                   24 * 3600),
      whole_number("calls.per_agent", "OPENSENTIENCE_CALLS_PER_AGENT", place<&S::calls_per_agent>,
                   "Calls one agent works on at once, unless its manifest says less.", 1, 256),
      whole_number("calls.human_per_minute", "OPENSENTIENCE_HUMAN_CALLS_PER_MINUTE",
                   place<&S::human_calls_per_minute>, "Tool calls of a person.", 1, 100'000'000),
      whole_number("calls.agent_per_minute", "OPENSENTIENCE_AGENT_CALLS_PER_MINUTE",
                   place<&S::agent_calls_per_minute>, "Tool calls of an agent or a model.", 1,
                   100'000'000),
      whole_number("connections.max_frame_bytes", "OPENSENTIENCE_MAX_FRAME_BYTES",
                   place<&S::max_frame_bytes>, "The largest message between Core and agent.",
                   64 * 1024, 64 * 1024 * 1024),
      whole_number("connections.max_inflight_requests", "OPENSENTIENCE_MAX_INFLIGHT_REQUESTS",
                   place<&S::max_inflight_requests>, "Calls under way on one connection.", 1,
                   65'536),
      whole_number("connections.max_tools", "OPENSENTIENCE_MAX_TOOLS", place<&S::max_tools>,
                   "Tools an agent may register.", 1, 10'000),
      whole_number("connections.max_stream_bytes", "OPENSENTIENCE_MAX_STREAM_BYTES",
                   place<&S::max_stream_bytes>, "What one call may stream.", 1024,
                   1024 * 1024 * 1024),
      whole_number("connections.register_seconds", "OPENSENTIENCE_REGISTER_SECONDS",
                   place<&S::register_seconds>, "From an agent's welcome to its tools.", 1, 600),
      whole_number("connections.heartbeat_milliseconds", "OPENSENTIENCE_HEARTBEAT_MILLISECONDS",
                   place<&S::heartbeat_milliseconds>,
                   "How often agents say that they live; three missed ones are too many.", 200,
                   60'000),
      {"log.level", "OPENSENTIENCE_LOG_LEVEL", place<&S::log_level>,
       "Least important line that is logged.", false, kLogLevels},
      {"log.format", "OPENSENTIENCE_LOG_FORMAT", place<&S::log_format>,
       "auto: text on a terminal, else JSON lines.", false, kLogFormats},
      {"log.file", "OPENSENTIENCE_LOG_FILE", place<&S::log_file>,
       "Log to this file (reopened on SIGHUP) instead of stderr."},
      {"log.access", "OPENSENTIENCE_ACCESS_LOG", place<&S::access_log>,
       "Where requests are logged: stderr, off, or a path."},
      whole_number("drain_seconds", "OPENSENTIENCE_DRAIN_SECONDS", place<&S::drain_seconds>,
                   "How long a stop waits for requests in flight.", 0, 3600),
  };
  return all;
}

}  // namespace

const config::Table& setting_table() {
  // Paths and tokens of the daemon and of the agents that it starts.
  static constexpr std::string_view kOther[] = {
      "OPENSENTIENCE_HOME",          "OPENSENTIENCE_ADMIN_TOKEN_PATH", "OPENSENTIENCE_SOCKET",
      "OPENSENTIENCE_SESSION_TOKEN", "OPENSENTIENCE_AGENT_ID",         "OPENSENTIENCE_RUN_ID",
      "OPENSENTIENCE_MANIFEST_HASH", "OPENSENTIENCE_INSTALL_PATH",     "OPENSENTIENCE_PROTOCOL",
      "OPENSENTIENCE_SDK_PATH"};
  static const config::Table table{rows(), "OPENSENTIENCE_", kOther};
  return table;
}

Result<Settings> load_settings(const config::Sources& sources) {
  auto settings = config::load<Settings>(setting_table(), sources);
  if (!settings) return settings;
  for (auto& root : settings->scan_roots) {
    const char* home = sources.environment("HOME");
    if ((root == "~" || root.starts_with("~/")) && home != nullptr) root = home + root.substr(1);
    if (root.starts_with('/')) continue;
    return base::fail(ErrorCode::unprocessable,
                      fmt::format("scan.roots: {} must start with / or ~/", root));
  }
  return settings;
}

operations::LogSettings log_settings(const Settings& settings) {
  return {.level = settings.log_level,
          .format = settings.log_format,
          .file = settings.log_file,
          .access = settings.access_log};
}

std::string print_settings(Settings settings) {
  return config::print(setting_table(), &settings,
                       [](const config::Row&, const std::string&) { return std::string("***"); });
}

}  // namespace sovereign::opensentience
