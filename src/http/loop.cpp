#include "http/loop.hpp"

#include <boost/asio/post.hpp>
#include <pthread.h>

#include "http/unix_socket.hpp"

namespace sovereign::http {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kSpareExchanges = 64;  // About 24 KB each.
constexpr std::size_t kKeptPackedBytes = 64 * 1024;
constexpr std::size_t kMaxRejecting = 128;  // Past this, clients over the limit get no answer.

/// Fine enough for the shortest timeout, and never a load.
std::chrono::milliseconds sweep_period(const ServerLimits& limits) {
  const auto shortest = std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout,
                                  limits.handler_timeout, limits.write_timeout});
  return std::clamp<std::chrono::milliseconds>(shortest / 4, 5ms, 250ms);
}

}  // namespace

Loop::Loop(const ServerOptions& options, Application& application, ConnectionQuota& quota)
    : options_(options),
      application_(application),
      quota_(quota),
      reader_limits_{{options.limits.header_bytes, options.limits.header_count},
                     options.limits.body_bytes},
      sweep_period_(sweep_period(options.limits)),
      writer_({options.compress_from, options.server_product}),
      work_(context_.get_executor()),
      sweep_timer_(context_),
      listener_(context_,
                [this](Socket socket, const Listener::Endpoint& peer) {
                  accept(std::move(socket), to_tcp(peer));
                }),
      unix_listener_(context_, [this](Socket socket, const Listener::Endpoint&) {
        accept_local(std::move(socket));
      }) {}

Loop::~Loop() { stop(); }

asio::ip::tcp::endpoint Loop::listen(const asio::ip::tcp::endpoint& endpoint,
                                     boost::system::error_code& error) {
  const auto bound = listener_.open(endpoint, error);
  port_ = bound.port();
  return bound;
}

void Loop::adopt(int descriptor, boost::system::error_code& error) {
  unix_listener_.adopt(descriptor, error);
}

void Loop::start() {
  asio::post(context_, [this] {
    if (draining_) return;
    listener_.start();
    unix_listener_.start();
  });
}

void Loop::run(const std::string& thread_name) {
  thread_ = std::thread([this] { context_.run(); });
  pthread_setname_np(thread_.native_handle(), thread_name.substr(0, 15).c_str());
}

std::future<void> Loop::drain() {
  std::promise<void> drained;
  auto future = drained.get_future();
  asio::post(context_, [this, drained = std::move(drained)]() mutable {
    drained_ = std::move(drained);
    begin_drain();
  });
  return future;
}

void Loop::begin_drain() {
  draining_ = true;
  listener_.close();
  unix_listener_.close();
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& connection = *next++;
    connection.drain();
  }
  notify_if_drained();
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] {
    draining_ = true;
    listener_.close();
    unix_listener_.close();
    for (auto next = connections_.begin(); next != connections_.end();) {
      Connection& connection = *next++;
      connection.abort();
    }
    context_.stop();
  });
  thread_.join();
}

void Loop::accept(Socket socket, const asio::ip::tcp::endpoint& peer) {
  const auto address = without_v4_mapping(peer.address());
  serve(std::move(socket), address, {.address = address.to_string(), .local_port = port_});
}

void Loop::accept_local(Socket socket) {
  Peer peer{.address = "unix", .local = peer_of(socket.native_handle())};
  if (!peer.local) return;
  // Counted in the total only, as loopback is.
  serve(std::move(socket), asio::ip::address_v4::loopback(), std::move(peer));
}

void Loop::serve(Socket socket, const asio::ip::address& counted_as, Peer peer) {
  auto slot = quota_.acquire(counted_as);
  const bool over_limit = !slot;
  if (over_limit && ++rejecting_ > kMaxRejecting) {
    --rejecting_;
    return;
  }
  const boost::intrusive_ptr<Connection> connection(
      new Connection(*this, std::move(socket), std::move(peer), std::move(slot)));
  over_limit ? connection->reject() : connection->start();
}

std::unique_ptr<Exchange> Loop::take_exchange() {
  if (spare_.empty()) {
    return std::make_unique<Exchange>(
        reader_limits_, [this](const Request& head) { return application_.streamed_body(head); });
  }
  auto exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

void Loop::give_back(std::unique_ptr<Exchange> exchange) {
  if (spare_.size() >= kSpareExchanges) return;
  exchange->reader.clear();
  exchange->response = {};  // Lets go of shared bytes.
  if (exchange->rendered.packed.capacity() > kKeptPackedBytes) exchange->rendered.packed = {};
  spare_.push_back(std::move(exchange));
}

void Loop::joined(Connection& connection) {
  connections_.push_back(connection);
  if (!sweeping_) schedule_sweep();
}

void Loop::left(bool was_within_limits) {
  if (!was_within_limits) --rejecting_;
  notify_if_drained();
}

void Loop::notify_if_drained() {
  if (!drained_ || !connections_.empty()) return;
  drained_->set_value();
  drained_.reset();
}

void Loop::schedule_sweep() {
  sweeping_ = true;
  sweep_timer_.expires_after(sweep_period_);
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

void Loop::sweep() {
  const auto now = std::chrono::steady_clock::now();
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& connection = *next++;
    connection.check_deadline(now);
  }
  sweeping_ = false;
  if (!connections_.empty()) schedule_sweep();
}

}  // namespace sovereign::http
