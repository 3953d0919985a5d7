// A run's log as server-sent events: first what is there, then each line as it comes, until the run
// is over.
#pragma once

#include <cstddef>
#include <memory>

#include "core/launcher/run_log.hpp"
#include "http/sse.hpp"

namespace sovereign::core {

/// Events "line" with a LogLine, its sequence as their id; "gap" with {"lost": n} where lines were
/// gone before they could be sent; "end" when no more will come.
class LogFeed final : public http::SseBody {
 public:
  /// Begins with at most the last `tail` lines after `sequence`.
  LogFeed(std::shared_ptr<RunLog> log, std::uint64_t sequence, std::size_t tail)
      : SseBody(http::SseLength::endless), log_(std::move(log)), sequence_(sequence), tail_(tail) {}

 private:
  boost::asio::awaitable<void> events(http::SseWriter& writer) override;
  boost::asio::awaitable<bool> send_lines(http::SseWriter& writer);

  const std::shared_ptr<RunLog> log_;  ///< Shared with the run, which may end before.
  std::uint64_t sequence_;             ///< Of the last line sent.
  std::size_t tail_;
  bool has_begun_ = false;
};

}  // namespace sovereign::core
