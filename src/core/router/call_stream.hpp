// One call as server-sent events: `stream` for what its agent sends meanwhile, then one `result`
// (or one `refused`, when a call that waited for its agent got no further). A client that goes away
// cancels the call.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "core/router/router.hpp"
#include "http/sse.hpp"

namespace sovereign::core {

class CallStream final : public http::SseBody, public CallObserver {
 public:
  explicit CallStream(Router& router);
  ~CallStream() override;

  /// Before it is sent. A refusal: nothing is to be streamed.
  std::optional<Refusal> submit(CallRequest request);

  void streamed(const protocol::ToolStream& message) override;
  void finished(const CallEnd& end) override;

 protected:
  boost::asio::awaitable<void> events(http::SseWriter& writer) override;

 private:
  struct Pending {
    std::string_view event;
    std::string data;
  };

  Router& router_;
  boost::asio::steady_timer changed_;  // Never expires; cancelled when there is something to send.
  CallId call_;
  std::deque<Pending> pending_;  // At most what one call may stream.
  bool is_over_ = false;
};

/// What a refusal looks like: problem details with "code", and for tool.confirmation_required the
/// confirmation's id and place.
http::Response refusal_response(const Refusal& refusal, const http::Request& request);

}  // namespace sovereign::core
