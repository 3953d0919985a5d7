#include "core/router/call_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "core/router/wire.hpp"
#include "http/problem.hpp"
#include "json/write.hpp"
#include "protocol/tables.hpp"

namespace sovereign::core {
namespace {

namespace asio = boost::asio;

std::string text_of(const protocol::ToolStream& message) {
  std::string data = fmt::format("{{\"seq\":{},\"channel\":", message.seq);
  json::write(data, message.channel);
  if (message.data.text) {
    data += ",\"text\":";
    json::write_string(data, *message.data.text);
  }
  if (message.data.json) {
    data += ",\"json\":";
    protocol::write_line(data, *message.data.json);
  }
  data += '}';
  return data;
}

std::string text_of(const Refusal& refusal) {
  std::string data = "{\"code\":";
  json::write_string(data, refusal.error.name);
  data += ",\"detail\":";
  json::write_string(data, refusal.error.detail);
  data += '}';
  return data;
}

}  // namespace

CallStream::CallStream(Router& router)
    : SseBody(http::SseLength::finite), router_(router), changed_(router.executor()) {
  changed_.expires_at(asio::steady_timer::time_point::max());
}

CallStream::~CallStream() {
  if (!is_over_) router_.abandon(call_, *this);
}

std::optional<Refusal> CallStream::submit(CallRequest request) {
  auto submitted = router_.submit(std::move(request), *this);
  if (!submitted) {
    is_over_ = true;
    return std::move(submitted.error());
  }
  call_ = submitted->call;
  if (submitted->replayed != nullptr) finished(*submitted->replayed);
  return std::nullopt;
}

void CallStream::streamed(const protocol::ToolStream& message) {
  pending_.push_back({"stream", text_of(message)});
  changed_.cancel();
}

void CallStream::finished(const CallEnd& end) {
  is_over_ = true;
  if (end) {
    pending_.push_back({"result", json::to_text(view_of(*end))});
  } else {
    pending_.push_back({"refused", text_of(end.error())});
  }
  changed_.cancel();
}

asio::awaitable<void> CallStream::events(http::SseWriter& writer) {
  while (true) {
    while (!pending_.empty()) {
      const Pending next = std::move(pending_.front());
      pending_.pop_front();
      const http::SseEvent event{.id = {}, .event = next.event, .data = next.data};
      const bool is_open = co_await writer.send(event);
      if (!is_open) co_return;
    }
    if (is_over_) co_return;
    boost::system::error_code woken;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;
  }
}

http::Response refusal_response(const Refusal& refusal, const http::Request& request) {
  auto response = http::problem(refusal.error, request);
  if (!refusal.confirmation) return response;
  const auto id = refusal.confirmation->to_string();
  std::string body(response.body.view());
  body.pop_back();
  body += ",\"confirmation_id\":\"" + id + "\"}";
  response.body = std::move(body);
  response.headers.push_back({"Location", "/api/v1/confirmations/" + id});
  return response;
}

}  // namespace sovereign::core
