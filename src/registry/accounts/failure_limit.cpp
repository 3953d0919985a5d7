#include "registry/accounts/failure_limit.hpp"

namespace sovereign::registry {

std::optional<std::chrono::seconds> FailureLimit::wait_of(std::string_view address) {
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  const auto found = turned_away_.find(http::address_key(address));
  if (found == turned_away_.end()) return std::nullopt;
  if (found->second > now) return std::chrono::ceil<std::chrono::seconds>(found->second - now);
  turned_away_.erase(found);
  return std::nullopt;
}

boost::asio::awaitable<void> FailureLimit::failed(std::string address) {
  auto key = http::address_key(address);
  auto finding = http::finding_of(limiter_.acquire(policy_, "address:" + key));
  const auto decision = co_await std::move(finding);
  if (!decision || decision->remaining > 0) co_return;
  // The last token is gone: the next one comes after a share of the window.
  const auto wait =
      decision->allowed ? decision->policy.window / decision->policy.requests : decision->reset;
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  if (turned_away_.size() >= kMaxAddresses) turned_away_.clear();
  turned_away_.insert_or_assign(std::move(key), now + wait);
}

}  // namespace sovereign::registry
