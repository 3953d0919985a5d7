#include "core/router/limits.hpp"

#include <algorithm>

namespace sovereign::core {
namespace {

double per_second(const http::RatePolicy& policy) {
  return static_cast<double>(policy.requests) / static_cast<double>(policy.window.count());
}

}  // namespace

std::chrono::milliseconds effective_timeout(std::optional<std::chrono::milliseconds> requested,
                                            const DeclaredCallLimits& declared,
                                            const CallLimits& limits) {
  auto timeout = std::min(requested.value_or(limits.timeout), limits.most_timeout);
  if (declared.timeout) timeout = std::min(timeout, *declared.timeout);
  return std::max(timeout, std::chrono::milliseconds{1});
}

std::size_t effective_concurrency(const DeclaredCallLimits& declared, const CallLimits& limits) {
  if (!declared.concurrency) return std::max<std::size_t>(limits.concurrency, 1);
  return std::clamp<std::size_t>(*declared.concurrency, 1, limits.most_concurrency);
}

http::RatePolicy effective_rate(const DeclaredCallLimits& declared, const CallLimits& limits) {
  if (!declared.rate || per_second(*declared.rate) >= per_second(limits.target_rate)) {
    return limits.target_rate;
  }
  return *declared.rate;
}

}  // namespace sovereign::core
