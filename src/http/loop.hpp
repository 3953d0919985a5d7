// One event loop: its thread, its listening socket, its connections and what they share.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "http/connection.hpp"
#include "http/listener.hpp"
#include "http/response_writer.hpp"
#include "http/server.hpp"

namespace sovereign::http {

class Loop {
  /// Lets what waits be destroyed while what it waits on, and the loop, are still there.
  class Context : public boost::asio::io_context {
   public:
    using execution_context::shutdown;
    using io_context::io_context;
  };

 public:
  /// All three must outlive the loop.
  Loop(const ServerOptions& options, Application& application, ConnectionQuota& quota);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Binds; nothing is accepted before start(). Returns the bound endpoint.
  boost::asio::ip::tcp::endpoint listen(const boost::asio::ip::tcp::endpoint& endpoint,
                                        boost::system::error_code& error);
  /// Serves a listening Unix-domain socket too, which becomes the loop's.
  void adopt(int descriptor, boost::system::error_code& error);
  void run(const std::string& thread_name);
  /// Accepts from now on. Any thread.
  void start();

  /// Any thread: stops accepting and lets requests finish. Ready when no connection is left.
  std::future<void> drain();
  /// Closes what is left, ends the thread. Suspended coroutines are destroyed by clear(), or with
  /// the loop.
  void stop();
  /// After stop(): destroys the coroutines that are suspended.
  void clear() { context_.shutdown(); }

  boost::asio::io_context& context() { return context_; }

  // For the loop's connections, on its thread.
  const ServerLimits& limits() const { return options_.limits; }
  Application& application() { return application_; }
  ResponseWriter& writer() { return writer_; }
  bool is_draining() const { return draining_; }
  std::span<char> scratch() { return scratch_; }
  std::unique_ptr<Exchange> take_exchange();
  void give_back(std::unique_ptr<Exchange> exchange);
  void joined(Connection& connection);
  void left(bool was_within_limits);

 private:
  using Connections =
      boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

  void accept(Socket socket, const boost::asio::ip::tcp::endpoint& peer);
  void accept_local(Socket socket);
  void serve(Socket socket, const boost::asio::ip::address& counted_as, Peer peer);
  void begin_drain();
  void notify_if_drained();
  void schedule_sweep();
  void sweep();

  const ServerOptions& options_;
  Application& application_;
  ConnectionQuota& quota_;
  const ReaderLimits reader_limits_;
  const std::chrono::milliseconds sweep_period_;
  ResponseWriter writer_;
  std::array<char, 16 * 1024> scratch_;
  std::vector<std::unique_ptr<Exchange>> spare_;
  Connections connections_;
  std::size_t rejecting_ = 0;
  bool draining_ = false;
  bool sweeping_ = false;
  std::optional<std::promise<void>> drained_;

  // Destroys connections and their coroutines, which use what is above.
  Context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer sweep_timer_;
  Listener listener_;
  Listener unix_listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace sovereign::http
