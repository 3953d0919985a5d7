// An agent in C++ for tests and benchmarks: speaks the runtime protocol over a real socket,
// politely or not. Lives on the test's event loop, which it runs while it waits.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "ipc/framed_connection.hpp"
#include "protocol/envelope.hpp"
#include "protocol/frame_writer.hpp"

namespace sovereign::support {

/// A received message, kept.
struct Message {
  json::Value document;

  std::string type() const { return text("/type"); }
  std::string id() const { return text("/id"); }
  /// The string at an RFC 6901 pointer; empty when there is none.
  std::string text(std::string_view pointer) const;
  /// The value there, null when there is none.
  json::Value at(std::string_view pointer) const;
};

class FakeAgent final : public ipc::FrameHandler {
 public:
  /// What the Core gives an agent at launch; empty texts take what a good agent would say.
  struct Launch {
    std::string socket_path;
    std::string token;
    std::string agent_id = "com.example.fake";
    std::string manifest_hash = {};
  };

  /// Connects; throws when nobody listens.
  FakeAgent(boost::asio::io_context& loop, Launch launch);
  ~FakeAgent();
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;
  /// Of OPENSENTIENCE_SOCKET, _SESSION_TOKEN, _AGENT_ID and _MANIFEST_HASH.
  static Launch of_environment();

  // Sending.
  void hello(std::vector<std::int64_t> versions = {1},
             std::vector<std::string_view> capabilities = {"streaming", "cancellation"});
  /// Tools with the schema {"type":"object"} under the agent's own id.
  void register_tools(const std::vector<std::string>& names, bool replace = false);
  void heartbeat(protocol::HeartbeatStatus status = protocol::HeartbeatStatus::ok);
  /// Answers `call`, echoing the ids of its envelope.
  void succeed(const Message& call, std::string_view output = "{}");
  void fail(const Message& call, std::string_view code);
  void cancel(const Message& call);
  void stream(const Message& call, std::int64_t seq, std::string_view text);
  template <typename M>
  void send(const M& message, const protocol::Header& header = {}) {
    send_bytes(writer_.frame(header, message));
  }
  /// `text` as the content of one frame, whatever it is.
  void send_text(std::string_view text);
  /// Straight to the socket; blocks while it is full.
  void send_bytes(std::string_view bytes);
  /// From now on, each byte is written by itself.
  void send_byte_by_byte() { is_byte_by_byte_ = true; }
  void close() { connection_->close(); }
  /// Ends serve().
  void close_and_serve_no_more() {
    close();
    is_closed_ = true;
  }

  // Receiving. Each runs the loop until it is so, and throws when it is not within 10 s.
  Message receive();
  /// The next message of this type; others before it are dropped.
  Message receive(std::string_view type);
  /// Until the Core closes; what is received before it is dropped.
  void wait_closed();
  /// Messages that are here already.
  std::size_t received() const { return inbox_.size(); }
  bool is_closed() const { return is_closed_; }

  /// hello and welcome; keeps the session's id. Throws when it is refused.
  void connect();
  /// And the registration of these tools.
  void become_ready(const std::vector<std::string>& names);

  /// From now on core.tool.call messages go here instead of to receive().
  using OnCall = std::function<void(FakeAgent&, const Message&)>;
  void on_call(OnCall handler) { on_call_ = std::move(handler); }

  /// From now on all other messages go here instead of to receive().
  void on_message(OnCall handler) { on_message_ = std::move(handler); }
  /// Runs the loop until the Core closes.
  void serve();

  std::string tool_id(std::string_view name) const;
  const std::string& session_id() const { return session_id_; }
  const std::string& agent_id() const { return launch_.agent_id; }
  /// As the welcome asked for.
  std::chrono::milliseconds heartbeat_interval() const { return heartbeat_interval_; }

  // ipc::FrameHandler
  void on_frame(std::string_view frame) override;
  void on_closed(ipc::CloseReason reason) override;

 private:
  protocol::Header header_of(const Message& call);

  boost::asio::io_context& loop_;
  const Launch launch_;
  base::SystemClock clock_;
  crypto::SystemRandom random_;
  protocol::FrameWriter writer_;
  std::shared_ptr<ipc::FramedConnection> connection_;
  std::deque<Message> inbox_;
  OnCall on_call_;
  OnCall on_message_;
  std::string session_id_;
  std::string request_id_;
  std::string correlation_id_;
  std::string causation_id_;
  std::chrono::milliseconds heartbeat_interval_{5000};
  bool is_byte_by_byte_ = false;
  bool is_closed_ = false;
};

/// Runs `loop` until `holds`; false when it does not within 10 s.
bool run_until(boost::asio::io_context& loop, const std::function<bool()>& holds);

}  // namespace sovereign::support
