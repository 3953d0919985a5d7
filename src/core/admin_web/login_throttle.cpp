#include "core/admin_web/login_throttle.hpp"

#include <algorithm>

namespace sovereign::core {

std::optional<std::chrono::seconds> LoginThrottle::wait() const {
  const auto now = clock_.steady_now();
  if (now >= blocked_until_) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(blocked_until_ - now);
}

void LoginThrottle::failed() {
  const auto now = clock_.steady_now();
  if (failures_ > 0 && now - last_failure_ >= kForgetAfter) failures_ = 0;
  last_failure_ = now;
  ++failures_;
  if (failures_ < kFreeFailures) return;
  constexpr int kMostDoublings = 16;  // Far past the longest wait.
  const int doublings = std::min(failures_ - kFreeFailures, kMostDoublings);
  blocked_until_ = now + std::min(kFirstWait * (1 << doublings), kLongestWait);
}

}  // namespace sovereign::core
