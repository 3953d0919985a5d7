#include "bell.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sovereign::registry_app {

namespace asio = boost::asio;

void Bell::ring() {
  if (is_rung_.exchange(true)) return;
  asio::post(timer_.get_executor(), [this] { timer_.cancel(); });
}

asio::awaitable<void> Bell::wait(SteadyTime until) {
  boost::system::error_code ignored;
  timer_.expires_at(until);
  if (!is_rung_) co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  is_rung_ = false;
}

}  // namespace sovereign::registry_app
