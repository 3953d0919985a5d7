// One request body on its way to a handler that reads it while it arrives.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "http/connection.hpp"
#include "http/incoming_body.hpp"

namespace sovereign::http {

/// Knows how long the client may still take: while the handler waits for bytes, the client's time
/// runs; while the handler is busy with them, the handler's.
class StreamedRequestBody final : public IncomingBody {
 public:
  /// The connection must outlive it.
  explicit StreamedRequestBody(Connection& connection);

  Task<std::string_view> read() override;

  bool is_waiting() const { return waiting_; }
  /// Bytes came, or none will.
  void wake() { arrived_.cancel(); }

 private:
  Result<bool> receive();
  bool say_continue();
  void begin_wait();
  void end_wait();
  void give_handler_time();

  Connection& connection_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      arrived_;  // Never expires; cancelled by wake().
  base::SteadyTime wait_began_{};
  std::chrono::nanoseconds waited_{};
  std::uint64_t received_ = 0;
  bool waiting_ = false;
  bool said_continue_ = false;
};

}  // namespace sovereign::http
