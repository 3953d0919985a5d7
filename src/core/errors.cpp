#include "core/errors.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace sovereign::core {
namespace {

struct Row {
  std::string_view name;
  ErrorCode kind;
  bool is_retryable = false;
};

/// In the order of CoreCode.
constexpr auto kRows = std::to_array<Row>({
    {"protocol.unauthorized", ErrorCode::unauthenticated, false},
    {"protocol.version_unsupported", ErrorCode::malformed, false},
    {"protocol.bad_frame", ErrorCode::malformed, false},
    {"protocol.frame_too_large", ErrorCode::too_large, false},
    {"protocol.bad_envelope", ErrorCode::malformed, false},
    {"protocol.unknown_type", ErrorCode::malformed, false},
    {"protocol.unexpected_message", ErrorCode::malformed, false},
    {"protocol.duplicate_session", ErrorCode::conflict, false},
    {"protocol.rate_exceeded", ErrorCode::too_many_requests, false},
    {"protocol.handshake_timeout", ErrorCode::timed_out, false},
    {"protocol.manifest_drift", ErrorCode::conflict, false},
    {"protocol.shutting_down", ErrorCode::unavailable, false},
    {"tool.not_found", ErrorCode::not_found, false},
    {"tool.unavailable", ErrorCode::unavailable, false},
    {"tool.invalid_input", ErrorCode::unprocessable, false},
    {"tool.invalid_output", ErrorCode::internal, false},
    {"tool.input_too_large", ErrorCode::too_large, false},
    {"tool.output_too_large", ErrorCode::internal, false},
    {"tool.canceled", ErrorCode::conflict, false},
    {"tool.timeout", ErrorCode::timed_out, true},
    {"tool.crashed", ErrorCode::internal, false},
    {"tool.failed", ErrorCode::internal, false},
    {"tool.busy", ErrorCode::unavailable, true},
    {"tool.confirmation_required", ErrorCode::conflict, false},
    {"agent.not_found", ErrorCode::not_found, false},
    {"agent.not_installed", ErrorCode::conflict, false},
    {"agent.not_built", ErrorCode::conflict, false},
    {"agent.not_enabled", ErrorCode::conflict, false},
    {"agent.not_running", ErrorCode::conflict, false},
    {"agent.unhealthy", ErrorCode::unavailable, true},
    {"agent.disconnected", ErrorCode::unavailable, true},
    {"agent.start_failed", ErrorCode::unavailable, false},
    {"agent.already_running", ErrorCode::conflict, false},
    {"agent.crash_loop", ErrorCode::conflict, false},
    {"permission.denied", ErrorCode::forbidden, false},
    {"permission.not_approved", ErrorCode::forbidden, false},
    {"permission.drift", ErrorCode::conflict, false},
    {"permission.revoked", ErrorCode::forbidden, false},
    {"permission.invalid", ErrorCode::unprocessable, false},
    {"limit.rate", ErrorCode::too_many_requests, true},
    {"limit.concurrency", ErrorCode::too_many_requests, true},
    {"limit.inflight", ErrorCode::too_many_requests, false},
    {"limit.memory", ErrorCode::unavailable, false},
    {"limit.cpu", ErrorCode::unavailable, false},
    {"limit.disk", ErrorCode::unavailable, false},
    {"limit.log", ErrorCode::unavailable, false},
    {"manifest.invalid", ErrorCode::unprocessable, false},
    {"manifest.unsupported_version", ErrorCode::unprocessable, false},
    {"manifest.missing", ErrorCode::not_found, false},
    {"manifest.too_large", ErrorCode::too_large, false},
    {"registry.invalid_url", ErrorCode::unprocessable, false},
    {"registry.not_found", ErrorCode::not_found, false},
    {"registry.exists", ErrorCode::conflict, false},
    {"registry.sync_failed", ErrorCode::unavailable, false},
    {"registry.invalid_entry", ErrorCode::unprocessable, false},
    {"install.fetch_failed", ErrorCode::unavailable, false},
    {"install.invalid_tree", ErrorCode::unprocessable, false},
    {"install.busy", ErrorCode::conflict, false},
    {"install.id_mismatch", ErrorCode::unprocessable, false},
    {"build.toolchain_missing", ErrorCode::unavailable, false},
    {"build.not_confirmed", ErrorCode::unprocessable, false},
    {"build.failed", ErrorCode::conflict, false},
    {"build.timed_out", ErrorCode::timed_out, false},
    {"web.host_refused", ErrorCode::forbidden, false},
    {"web.origin_refused", ErrorCode::forbidden, false},
    {"web.csrf", ErrorCode::forbidden, false},
    {"web.unauthorized", ErrorCode::unauthenticated, false},
    {"internal.error", ErrorCode::internal, false},
});

static_assert(kRows.size() == static_cast<std::size_t>(CoreCode::internal_error) + 1);

const Row& row_of(CoreCode code) { return kRows[static_cast<std::size_t>(code)]; }

}  // namespace

std::string_view to_string(CoreCode code) { return row_of(code).name; }

std::optional<CoreCode> parse_core_code(std::string_view name) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].name == name) return static_cast<CoreCode>(i);
  }
  return std::nullopt;
}

bool is_retryable(CoreCode code) { return row_of(code).is_retryable; }

ErrorCode kind_of(CoreCode code) { return row_of(code).kind; }

base::Failure fail(CoreCode code, std::string detail, std::string context) {
  return base::Failure(base::Error{.code = kind_of(code),
                                   .detail = std::move(detail),
                                   .context = std::move(context),
                                   .name = to_string(code)});
}

}  // namespace sovereign::core
