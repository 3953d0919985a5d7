#include "registry/changes/stream.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <utility>

namespace sovereign::registry {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kPageItems = 64;  // Of a snapshot or the log, for one reader alone.

}  // namespace

asio::awaitable<ChangeStream::End> ChangeStream::run(ChangeSink& sink) {
  waker_ = feed_.hub().wakers().add(co_await asio::this_coro::executor);
  while (!is_stopped_ && !feed_.hub().is_stopped()) {
    auto stepping = step(sink);
    const auto end = co_await std::move(stepping);
    if (end) co_return *end;
  }
  co_return End::closed;
}

void ChangeStream::stop() {
  is_stopped_ = true;
  if (waker_) waker_->cancel();
}

std::string ChangeStream::cursor() const { return feed_.cursors().encode(options_.from); }

/// Sends what is next, or waits for it.
asio::awaitable<std::optional<ChangeStream::End>> ChangeStream::step(ChangeSink& sink) {
  auto& from = options_.from;
  const bool shares_bytes = !from.snapshot && options_.filter.is_empty() && !options_.include;
  const auto reading = from.snapshot ? ChangeReading{} : feed_.hub().after(from.position);
  if (is_live_ && reading.state == ChangeReading::State::dropped) {
    feed_.hub().count_cutoff();
    co_return End::cut_off;
  }
  if (shares_bytes && reading.state == ChangeReading::State::block) {
    auto sending = sink.block(*reading.block, reading.first);
    if (const bool goes_on = co_await std::move(sending); !goes_on) co_return End::closed;
    from.position = reading.block->last_position;
    has_told();
    co_return std::nullopt;
  }
  auto paging = feed_.page(from, options_.filter, kPageItems);
  const auto page = co_await std::move(paging);
  if (!page) co_return End::failed;
  if (page->is_at_head) {
    auto resting = rest(sink);
    const auto end = co_await std::move(resting);
    co_return end;
  }
  auto sending = send(sink, *page);
  if (const bool goes_on = co_await std::move(sending); !goes_on) co_return End::closed;
  co_return std::nullopt;
}

asio::awaitable<bool> ChangeStream::send(ChangeSink& sink, const ChangePage& page) {
  for (const auto& item : page.items) {
    auto sending = sink.item(item, options_.include);
    if (const bool goes_on = co_await std::move(sending); !goes_on) co_return false;
  }
  options_.from = page.next;
  if (!page.items.empty()) has_told();
  auto flushing = sink.flush();
  const bool goes_on = co_await std::move(flushing);
  co_return goes_on;
}

void ChangeStream::has_told() {
  told_ = options_.from;
  told_at_ = std::chrono::steady_clock::now();
}

/// Nothing is there to send.
asio::awaitable<std::optional<ChangeStream::End>> ChangeStream::rest(ChangeSink& sink) {
  const auto now = std::chrono::steady_clock::now();
  const bool is_old = told_ != options_.from && now - told_at_ >= kPositionPeriod;
  if (!is_live_ || is_old) {
    const auto* const event = std::exchange(is_live_, true) ? "position" : "live";
    const auto text = cursor();
    auto telling = sink.notice(event, text);
    if (const bool goes_on = co_await std::move(telling); !goes_on) co_return End::closed;
    has_told();
    co_return std::nullopt;
  }
  auto waiting = waker_->wait(now + kPositionPeriod);
  co_await std::move(waiting);
  co_return std::nullopt;
}

}  // namespace sovereign::registry
