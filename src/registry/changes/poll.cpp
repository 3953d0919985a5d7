#include "registry/changes/poll.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>

#include "json/write.hpp"

namespace sovereign::registry {

namespace asio = boost::asio;

namespace {

/// The items of a batch, and what follows them.
class Gathering {
 public:
  explicit Gathering(const ChangePollRequest& request)
      : request_(request), next_(request.from), items_("[") {}

  void add(const ChangePage& page) {
    ++pages_;
    next_ = page.next;
    is_at_head_ = page.is_at_head;
    cursor_.clear();
    for (const auto& item : page.items) {
      if (is_full()) return;
      if (count_ > 0) items_ += ',';
      ++count_;
      append_item(items_, item, request_.include);
      // Only counts when the rest of the page finds no room.
      if (is_full() && &item != &page.items.back()) cursor_ = item.event->cursor;
    }
  }

  bool is_full() const {
    return count_ >= request_.limits.items || items_.size() >= request_.limits.bytes;
  }
  bool is_done() const { return is_full() || pages_ >= request_.limits.pages; }
  bool is_empty() const { return count_ == 0; }
  bool is_at_head() const { return is_at_head_; }
  std::size_t room() const { return request_.limits.items - count_; }
  const ChangeCursor& next() const { return next_; }

  std::string body(const ChangeFeed& feed) && {
    std::string out = "{\"registry_url\":";
    json::write(out, feed.registry_url());
    out += ",\"since\":";
    json::write(out, request_.since);
    out += ",\"changes\":" + std::move(items_) + "],\"cursor\":";
    json::write(out, cursor_.empty() ? feed.cursors().encode(next_) : cursor_);
    out += ",\"is_snapshot\":";
    json::write(out, next_.snapshot.has_value());
    out += ",\"has_more\":";
    json::write(out, !is_at_head_);
    return out += '}';
  }

 private:
  const ChangePollRequest& request_;
  ChangeCursor next_;
  std::string cursor_;  ///< In the middle of a page.
  std::string items_;
  std::size_t count_ = 0;
  int pages_ = 0;
  bool is_at_head_ = false;
};

}  // namespace

Task<std::string> poll_changes(ChangeFeed& feed, ChangePollRequest request) {
  const auto executor = co_await asio::this_coro::executor;
  const auto waker = feed.hub().wakers().add(executor);
  Gathering gathering(request);
  while (!gathering.is_done()) {
    auto paging = feed.page(gathering.next(), request.filter, gathering.room());
    const auto page = co_await std::move(paging);
    if (!page) co_return Failure(page.error());
    gathering.add(*page);
    if (!gathering.is_at_head()) continue;
    const bool is_time_up = std::chrono::steady_clock::now() >= request.until;
    if (!gathering.is_empty() || is_time_up || feed.hub().is_stopped()) break;
    auto waiting = waker->wait(request.until);
    co_await std::move(waiting);
  }
  co_return std::move(gathering).body(feed);
}

}  // namespace sovereign::registry
