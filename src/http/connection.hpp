// One client's connection: a state machine over readiness events. Parsing and rendering are plain
// functions; what remains here is when to read, call the application, write, wait and close.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "http/application.hpp"
#include "http/connection_quota.hpp"
#include "http/exchange.hpp"
#include "http/outgoing_stream.hpp"
#include "http/websocket_connection.hpp"

namespace sovereign::http {

class Loop;
class StreamedRequestBody;

/// TCP or Unix-domain.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                boost::asio::io_context::executor_type>;

/// Who is at the other end, and where it came in; see Request.
struct Peer {
  std::string address;
  std::optional<LocalPeer> local;
  std::uint16_t local_port = 0;
};

/// Lives on one loop's thread, kept alive by its pending operations: the last one to end destroys
/// it. A handler's coroutine counts, so its request outlives an answer that could not wait for it.
class Connection final
    : public boost::intrusive_ref_counter<Connection, boost::thread_unsafe_counter>,
      public boost::intrusive::list_base_hook<
          boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Without a slot the connection is over a limit: it is to be rejected.
  Connection(Loop& loop, Socket socket, Peer peer, std::optional<ConnectionSlot> slot);
  ~Connection();

  void start();
  /// Answers 503 to whatever comes, and closes.
  void reject();
  /// Closes now if no request is under way; else after its answer, which ends now if it would not
  /// by itself.
  void drain();
  /// Closes whatever is under way.
  void abort();
  /// Acts on the deadline of the current state, if it has passed.
  void check_deadline(base::SteadyTime now);

 private:
  enum class State : std::uint8_t {
    idle,      // No byte of a request.
    reading,   // Part of a request.
    queueing,  // Had its turn; goes on after the loop's other connections.
    handling,  // A coroutine of the application runs.
    writing,
    streaming,
    upgraded,   // A WebSocket has the socket.
    lingering,  // All is said; what the client still sends is dropped.
    closed,
  };
  using Self = boost::intrusive_ptr<Connection>;

  void wait_readable();
  void wait_writable();
  void on_readable();
  void receive();
  void watch_client();
  void discard();
  std::size_t read_some(boost::system::error_code& error);

  void serve();
  void begin_request();
  void await_more();
  void begin_body();
  bool handle();
  void run(boost::asio::awaitable<Response> coroutine);
  void on_handled(std::exception_ptr failure, Response response);
  void time_out_handler();

  bool refuse(int status, std::string_view detail);
  bool answer(Response response);
  bool send_rendered();
  bool flush();
  bool finish();
  void report(int status, base::SteadyTime now);
  void end();
  void close();
  void release_exchange();

  // In connection_stream.cpp.
  bool answer_stream(Persistence persistence);
  void begin_stream(StreamFraming framing);
  void run_stream();
  void drain_stream();
  void on_stream_end(bool failed);
  void send_stream();
  void wait_stream_writable();
  void check_stream_deadline();
  void end_stream();

  // In connection_body.cpp.
  friend class StreamedRequestBody;
  void begin_streamed_body();
  void receive_body();
  void time_out_body();

  // In connection_websocket.cpp.
  bool answer_websocket();
  void on_websocket_end();

  Loop& loop_;
  Socket socket_;
  const Peer peer_;
  std::optional<ConnectionSlot> slot_;
  const bool is_within_limits_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<OutgoingStream> stream_;     // While streaming.
  std::unique_ptr<StreamedRequestBody> body_;  // While a streamed request is handled.
  std::unique_ptr<WebSocketConnection> websocket_;
  boost::asio::cancellation_signal cancel_;
  base::SteadyTime deadline_{};
  std::size_t served_ = 0;
  std::size_t discarded_ = 0;
  State state_ = State::idle;
  bool waits_readable_ = false;
  bool runs_coroutine_ = false;
  bool client_gone_ = false;  // It closed its sending side.
  bool in_body_ = false;
  bool close_after_ = false;
  bool linger_ = false;  // The client may still be sending.
};

}  // namespace sovereign::http
