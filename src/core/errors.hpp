// The stable dotted codes of the Core's errors: a closed list that HTTP (problem member "code"),
// the command line and the runtime protocol share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace sovereign::core {

/// `agent_not_found` is "agent.not_found" outside. In the protocol's order; the last groups are the
/// Core's own.
enum class CoreCode {
  protocol_unauthorized,
  protocol_version_unsupported,
  protocol_bad_frame,
  protocol_frame_too_large,
  protocol_bad_envelope,
  protocol_unknown_type,
  protocol_unexpected_message,
  protocol_duplicate_session,
  protocol_rate_exceeded,
  protocol_handshake_timeout,
  protocol_manifest_drift,
  protocol_shutting_down,
  tool_not_found,
  tool_unavailable,
  tool_invalid_input,
  tool_invalid_output,
  tool_input_too_large,
  tool_output_too_large,
  tool_canceled,
  tool_timeout,
  tool_crashed,
  tool_failed,
  tool_busy,
  tool_confirmation_required,
  agent_not_found,
  agent_not_installed,
  agent_not_built,
  agent_not_enabled,
  agent_not_running,
  agent_unhealthy,
  agent_disconnected,
  agent_start_failed,
  agent_already_running,
  agent_crash_loop,
  permission_denied,
  permission_not_approved,
  permission_drift,
  permission_revoked,
  permission_invalid,
  limit_rate,
  limit_concurrency,
  limit_inflight,
  limit_memory,
  limit_cpu,
  limit_disk,
  limit_log,
  manifest_invalid,
  manifest_unsupported_version,
  manifest_missing,
  manifest_too_large,
  registry_invalid_url,
  registry_not_found,
  registry_exists,
  registry_sync_failed,
  registry_invalid_entry,
  install_fetch_failed,
  install_invalid_tree,
  install_busy,
  install_id_mismatch,
  build_toolchain_missing,
  build_not_confirmed,
  build_failed,
  build_timed_out,
  web_host_refused,
  web_origin_refused,
  web_csrf,
  web_unauthorized,
  internal_error,
};

/// "agent.not_found".
std::string_view to_string(CoreCode code);
std::optional<CoreCode> parse_core_code(std::string_view name);

/// Whether trying the same again may help: timeout, busy, rate, concurrency, disconnected,
/// unhealthy.
bool is_retryable(CoreCode code);

/// Which kind of base::Error it is, and so which HTTP status.
ErrorCode kind_of(CoreCode code);

/// `return fail(CoreCode::agent_not_built, "Build it first: opensentience agents build ...");`
base::Failure fail(CoreCode code, std::string detail, std::string context = {});

}  // namespace sovereign::core
