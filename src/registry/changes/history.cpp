#include "registry/changes/history.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sovereign::registry {

namespace asio = boost::asio;

/// The page if it is there; else whether the caller is to read it now.
ChangeHistory::Found ChangeHistory::look(std::int64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = pages_.find(number);
  if (found != pages_.end()) return {.page = found->second};
  if (reading_ >= kConcurrentReads) return {};
  ++reading_;
  pages_.emplace(number, nullptr);
  return {.turn = Turn::read};
}

Task<ChangeHistory::SharedPage> ChangeHistory::page_behind(std::int64_t after, std::int64_t newest,
                                                           SteadyTime until) {
  const auto number = after / kPage;
  const auto executor = co_await asio::this_coro::executor;
  const auto waker = wakers_.add(executor);
  while (std::chrono::steady_clock::now() < until) {
    const auto found = look(number);
    if (found.page) co_return found.page;
    if (found.turn == Turn::read) {
      auto reading = read(number, newest);
      auto page = co_await std::move(reading);
      co_return page;
    }
    auto waiting = waker->wait(until);
    co_await std::move(waiting);
  }
  co_return base::fail(ErrorCode::unavailable, "The database is busy; try again in a moment.",
                       "history page");
}

Task<ChangeHistory::SharedPage> ChangeHistory::read(std::int64_t number, std::int64_t newest) {
  // Gives the turn back however this ends, by cancellation too.
  struct Turn {
    ChangeHistory& history;
    std::int64_t number;
    SharedPage page = nullptr;
    ~Turn() { history.keep(number, std::move(page)); }
  } turn{*this, number};
  const auto up_to = std::min(newest, (number + 1) * kPage);
  auto choosing = log_up_to(up_to);
  const auto log = co_await std::move(choosing);
  auto reading = (*log)->read(number * kPage, up_to, kPage);
  auto changes = co_await std::move(reading);
  if (!changes) co_return Failure(changes.error());
  auto page = std::make_shared<const Page>(Page{std::move(*changes), up_to});
  turn.page = page;
  co_return page;
}

/// Positions become visible in their order, on a replica too: who has one has all before it.
Task<ChangeLog*> ChangeHistory::log_up_to(std::int64_t position) {
  if (replica_log_) {
    auto asking = replica_log_->newest();
    const auto newest = co_await std::move(asking);
    if (newest && *newest >= position) co_return &*replica_log_;
  }
  co_return &log_;
}

void ChangeHistory::keep(std::int64_t number, SharedPage page) {
  {
    const std::lock_guard lock(mutex_);
    --reading_;
    if (page && page->up_to == (number + 1) * kPage) {
      pages_[number] = std::move(page);
      order_.push_back(number);
    } else {
      pages_.erase(number);  // To be read again: it failed, or will grow.
    }
    if (order_.size() > kPages) {
      pages_.erase(order_.front());
      order_.erase(order_.begin());
    }
  }
  wakers_.wake_all();
}

}  // namespace sovereign::registry
