#include "registry/changes/wakers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sovereign::registry {

namespace asio = boost::asio;

std::unique_ptr<Wakers::Waker> Wakers::add(asio::any_io_executor executor) {
  auto entry = std::make_shared<Entry>(std::move(executor));
  const std::lock_guard lock(mutex_);
  entries_.insert(entry);
  return std::unique_ptr<Waker>(new Waker(*this, std::move(entry)));
}

Wakers::Waker::~Waker() {
  const std::lock_guard lock(owner_.mutex_);
  owner_.entries_.erase(entry_);
}

void Wakers::wake_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (entry->is_posted.exchange(true)) continue;
    asio::post(entry->timer.get_executor(), [entry] {
      entry->is_posted = false;
      entry->timer.cancel();
    });
  }
}

asio::awaitable<void> Wakers::Waker::wait(SteadyTime until) {
  // A wake that is already posted runs on this thread, so only once this waits.
  entry_->timer.expires_at(until);
  boost::system::error_code ignored;
  co_await entry_->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

std::size_t Wakers::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace sovereign::registry
