// The change feed over WebSocket.
#include <fmt/format.h>

#include <utility>

#include "http/rate_limit.hpp"
#include "json/read.hpp"
#include "registry/changes/transports.hpp"

namespace sovereign::registry {

namespace asio = boost::asio;
using http::WebSocketClose;
using http::WebSocketCode;

namespace {

constexpr http::RatePolicy kMessages{.requests = 10, .window = std::chrono::seconds{60}};

class MessageSink final : public ChangeSink {
 public:
  explicit MessageSink(http::StreamWriter& out) : out_(out) {}

  asio::awaitable<bool> item(const ChangePageItem& item,
                             const std::optional<ChangeInclude>& include) override {
    std::string text;
    append_item(text, item, include);
    auto writing = out_.write(text);
    const bool goes_on = co_await std::move(writing);
    co_return goes_on;
  }

  asio::awaitable<bool> block(const ChangeBlock& block, std::size_t first) override {
    for (std::size_t i = first; i < block.events.size(); ++i) {
      auto writing = out_.write(block.events[i].json);
      if (const bool goes_on = co_await std::move(writing); !goes_on) co_return false;
    }
    co_return true;
  }

  asio::awaitable<bool> notice(std::string_view event, std::string_view cursor) override {
    const auto text = fmt::format(R"({{"event":"{}","cursor":"{}"}})", event, cursor);
    auto writing = out_.write(text);
    const bool goes_on = co_await std::move(writing);
    co_return goes_on;
  }

  asio::awaitable<bool> flush() override { co_return true; }

 private:
  http::StreamWriter& out_;
};

class ChangeSession final : public http::WebSocketSession {
 public:
  ChangeSession(std::unique_ptr<ChangeStream> stream, const Clock& clock)
      : stream_(std::move(stream)),
        clock_(clock),
        messages_{.tokens = static_cast<double>(kMessages.requests),
                  .updated = clock.steady_now()} {}

  asio::awaitable<WebSocketClose> run(http::StreamWriter& writer) override {
    MessageSink sink(writer);
    auto running = stream_->run(sink);
    const auto end = co_await std::move(running);
    const bool is_slow = end == ChangeStream::End::cut_off || end == ChangeStream::End::failed;
    co_return WebSocketClose{is_slow ? WebSocketCode::try_again_later : WebSocketCode::going_away,
                             stream_->cursor()};
  }

  std::optional<WebSocketClose> received(std::string_view text) override {
    if (!http::take_token(messages_, kMessages, clock_.steady_now()).allowed) {
      return WebSocketClose{WebSocketCode::policy_violation, "too many messages"};
    }
    const auto filter = json::read_text<ChangeFilterMessage>(text);
    if (!filter) {
      return WebSocketClose{WebSocketCode::policy_violation, "not a filter: see the documentation"};
    }
    stream_->set_filter(change_filter(filter->agent_type, filter->capability, filter->owner));
    return std::nullopt;
  }

  void stop() override { stream_->stop(); }

 private:
  const std::unique_ptr<ChangeStream> stream_;
  const Clock& clock_;
  http::TokenBucket messages_;
};

}  // namespace

std::unique_ptr<http::WebSocketSession> change_session(std::unique_ptr<ChangeStream> stream,
                                                       const Clock& clock) {
  return std::make_unique<ChangeSession>(std::move(stream), clock);
}

}  // namespace sovereign::registry
