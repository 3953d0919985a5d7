#include "core/launcher/run_log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "async/run_blocking.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

/// Lines on their way to disk: raw at first, then as they are kept.
struct RunLog::Batch {
  LogStream stream;
  base::Timestamp at;
  LineFilter& filter;
  LogFile& file;
  std::vector<std::string> raw;
  std::vector<LogLine> lines;
  bool is_written = false;

  Result<void> process() {
    std::string text;
    for (const auto& line : raw) {
      lines.push_back({.at = at, .stream = stream, .text = storable(filter.line(line))});
      text += format_line(lines.back());
    }
    is_written = file.append(text).has_value();
    return {};
  }
};

asio::awaitable<void> RunLog::pump(process::Pipe& pipe, LogStream stream,
                                   std::unique_ptr<LineFilter> filter) {
  const auto self = shared_from_this();
  LineSplitter splitter;
  std::array<char, 16 * 1024> block;
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  bool is_open = true;
  while (is_open) {
    const auto buffer = asio::buffer(block);
    const auto [error, count] = co_await pipe.async_read_some(buffer, token);
    auto batch = std::make_shared<Batch>(Batch{stream, clock_.now(), *filter, *file_, {}, {}});
    batch->raw = splitter.feed(std::string_view(block.data(), count));
    if (error) {
      is_open = false;
      if (auto rest = splitter.finish()) batch->raw.push_back(std::move(*rest));
    }
    if (!batch->raw.empty()) co_await keep(std::move(batch));
  }
}

asio::awaitable<void> RunLog::keep(std::shared_ptr<Batch> batch) {
  auto job = [batch] { return batch->process(); };
  Result<void> done = co_await async::run_blocking(workers_, std::move(job));
  // A pool that is full or stopping must not cost the last words of an agent.
  if (!done) done = batch->process();
  add(*batch);
}

void RunLog::add(Batch& batch) {
  if (!batch.is_written) lost_ += batch.lines.size();
  for (auto& line : batch.lines) {
    line.sequence = ++last_sequence_;
    lines_.push_back(std::move(line));
  }
  while (lines_.size() > kLines) lines_.pop_front();
  news_.notify_all();
}

std::vector<LogLine> RunLog::after(std::uint64_t sequence, std::size_t count) const {
  const auto newer = static_cast<std::size_t>(last_sequence_ - std::min(sequence, last_sequence_));
  const std::size_t wanted = std::min({newer, count, lines_.size()});
  return {lines_.end() - static_cast<std::ptrdiff_t>(wanted), lines_.end()};
}

void RunLog::close() {
  is_closed_ = true;
  news_.notify_all();
}

asio::awaitable<void> RunLog::wait_after(std::uint64_t sequence, base::SteadyTime deadline) {
  const auto self = shared_from_this();
  if (last_sequence_ > sequence || is_closed_) co_return;
  co_await news_.wait_until(deadline);
}

}  // namespace sovereign::core
