#include "core/launcher/log_feed.hpp"

#include <fmt/format.h>

#include <string>

#include "json/write.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

asio::awaitable<void> LogFeed::events(http::SseWriter& writer) {
  while (true) {
    const bool goes_on = co_await send_lines(writer);
    if (!goes_on) co_return;
    if (log_->is_closed() && log_->last_sequence() == sequence_) break;
    co_await log_->wait_after(sequence_, base::SteadyTime::max());
  }
  const http::SseEvent end{.event = "end", .data = "{}"};
  [[maybe_unused]] const bool sent = co_await writer.send(end);
}

asio::awaitable<bool> LogFeed::send_lines(http::SseWriter& writer) {
  const auto lines = log_->after(sequence_, tail_);
  if (lines.empty()) co_return true;
  // Lines before the tail were not asked for.
  const auto lost = has_begun_ ? lines.front().sequence - sequence_ - 1 : 0;
  has_begun_ = true;
  tail_ = RunLog::kLines;
  if (lost > 0) {
    const std::string data = fmt::format("{{\"lost\":{}}}", lost);
    const http::SseEvent gap{.event = "gap", .data = data};
    const bool goes_on = co_await writer.send(gap);
    if (!goes_on) co_return false;
  }
  for (const auto& line : lines) {
    const std::string id = std::to_string(line.sequence);
    const std::string data = json::to_text(line);
    const http::SseEvent event{.id = id, .event = "line", .data = data};
    const bool goes_on = co_await writer.send(event);
    if (!goes_on) co_return false;
    sequence_ = line.sequence;
  }
  co_return true;
}

}  // namespace sovereign::core
