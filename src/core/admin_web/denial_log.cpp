#include "core/admin_web/denial_log.hpp"

#include <string>
#include <utility>

namespace sovereign::core {

void DenialLog::record(std::string_view type, std::string_view reason,
                       const http::Request& request) {
  const auto now = clock_.steady_now();
  if (recorded_ == 0 || now - window_begin_ >= kWindow) {
    window_begin_ = now;
    recorded_ = 0;
  }
  if (recorded_ >= kPerWindow) {
    ++unrecorded_;
    return;
  }
  ++recorded_;
  audit_.note({.type = type,
               .actor = actor_of(request),
               .reason = reason,
               .correlation_id = request.id,
               .client = request.client_address,
               .unrecorded = std::exchange(unrecorded_, 0)});
}

void DenialLog::denied(const http::Request& request, http::Denial denial) {
  record("security.denied", http::to_string(denial), request);
}

}  // namespace sovereign::core
