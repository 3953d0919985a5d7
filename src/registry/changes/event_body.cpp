// Server-sent events of the change feed.
#include <fmt/format.h>

#include <utility>

#include "http/sse.hpp"
#include "registry/changes/transports.hpp"

namespace sovereign::registry {

namespace asio = boost::asio;

namespace {

/// Written at once. Each connection keeps a buffer for twice that, and there are many.
constexpr std::size_t kWriteBytes = 8 * 1024;

std::string cursor_data(std::string_view cursor) {
  return fmt::format(R"({{"cursor":"{}"}})", cursor);
}

class EventSink final : public ChangeSink {
 public:
  explicit EventSink(http::StreamWriter& out) : out_(out) {}

  asio::awaitable<bool> item(const ChangePageItem& item,
                             const std::optional<ChangeInclude>& include) override {
    std::string data;
    append_item(data, item, include);
    const auto kind = item.showing == Showing::tombstone ? ChangeKind::deleted : item.event->kind;
    http::append_sse(text_, {.id = item.event->cursor, .event = json::name_of(kind), .data = data});
    if (text_.size() < kWriteBytes) co_return true;
    auto flushing = flush();
    const bool goes_on = co_await std::move(flushing);
    co_return goes_on;
  }

  asio::awaitable<bool> block(const ChangeBlock& block, std::size_t first) override {
    std::size_t begin = first == 0 ? 0 : block.sse_ends[first - 1];
    for (std::size_t i = first; i < block.sse_ends.size(); ++i) {
      const bool is_last = i + 1 == block.sse_ends.size();
      if (!is_last && block.sse_ends[i + 1] - begin <= kWriteBytes) continue;
      const std::string_view bytes(block.sse);
      auto writing = out_.write(bytes.substr(begin, block.sse_ends[i] - begin));
      if (const bool goes_on = co_await std::move(writing); !goes_on) co_return false;
      begin = block.sse_ends[i];
    }
    co_return true;
  }

  asio::awaitable<bool> notice(std::string_view event, std::string_view cursor) override {
    const auto data = cursor_data(cursor);
    http::append_sse(text_, {.id = cursor, .event = event, .data = data});
    auto flushing = flush();
    const bool goes_on = co_await std::move(flushing);
    co_return goes_on;
  }

  asio::awaitable<bool> flush() override {
    auto writing = out_.write(text_);
    const bool goes_on = co_await std::move(writing);
    text_.clear();
    if (text_.capacity() > 2 * kWriteBytes) text_ = {};
    co_return goes_on;
  }

  /// Without an id: a browser that comes back then sends its last one.
  asio::awaitable<void> cut_off(std::string_view cursor) {
    const auto data = cursor_data(cursor);
    http::append_sse(text_, {.event = "cutoff", .data = data});
    auto flushing = flush();
    (void)co_await std::move(flushing);
  }

 private:
  http::StreamWriter& out_;
  std::string text_;
};

class EventBody final : public http::StreamBody {
 public:
  explicit EventBody(std::unique_ptr<ChangeStream> stream) : stream_(std::move(stream)) {}

  http::StreamTraits traits() const override {
    return {.is_endless = true, .heartbeat = http::kSseHeartbeat, .heartbeat_bytes = ":\n\n"};
  }

  asio::awaitable<void> run(http::StreamWriter& writer) override {
    EventSink sink(writer);
    auto running = stream_->run(sink);
    const auto end = co_await std::move(running);
    if (end == ChangeStream::End::closed) co_return;
    const auto cursor = stream_->cursor();
    auto cutting = sink.cut_off(cursor);
    co_await std::move(cutting);
  }

 private:
  const std::unique_ptr<ChangeStream> stream_;
};

}  // namespace

std::unique_ptr<http::StreamBody> change_events(std::unique_ptr<ChangeStream> stream) {
  return std::make_unique<EventBody>(std::move(stream));
}

}  // namespace sovereign::registry
