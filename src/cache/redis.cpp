#include "cache/redis.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

#include <utility>

namespace sovereign::cache {
namespace {

/// More is a cluster that changes faster than it can be followed.
constexpr int kMaxRedirections = 4;
constexpr std::chrono::seconds kRefreshPause{1};

Error unavailable(std::string context) {
  return {.code = ErrorCode::unavailable,
          .detail = "Redis is away.",
          .context = "redis: " + std::move(context)};
}

std::vector<RedisNode> seeds_of(const RedisUrl& url) {
  if (url.transport == RedisTransport::unix_socket) return {RedisNode{}};
  return url.nodes;
}

RedisCallPtr make_call(RedisCommand command) {
  const auto now = std::chrono::steady_clock::now();
  auto call = std::make_unique<RedisCall>();
  call->started = now;
  call->deadline = now + command.limit;
  call->command = std::move(command);
  return call;
}

}  // namespace

Result<std::unique_ptr<Redis>> Redis::make(RedisOptions options, RedisObserver& observer,
                                           base::Random& random) {
  std::unique_ptr<asio::ssl::context> tls;
  if (options.url.transport == RedisTransport::tls) {
    auto made = make_tls_context(options.url.ca_file);
    if (!made) return Failure(made.error());
    tls = std::move(*made);
  }
  return std::unique_ptr<Redis>(new Redis(std::move(options), std::move(tls), observer, random));
}

Redis::Redis(RedisOptions options, std::unique_ptr<asio::ssl::context> tls, RedisObserver& observer,
             base::Random& random)
    : options_(std::move(options)),
      tls_(std::move(tls)),
      observer_(observer),
      random_(random),
      guard_(asio::make_work_guard(loop_)),
      subscription_({loop_, options_.url, tls_.get()}, seeds_of(options_.url), random) {
  const LinkParts parts{{loop_, options_.url, tls_.get()}, *this, random_, options_.scripts};
  seed_ = std::make_shared<RedisLink>(parts, seeds_of(options_.url));
}

Redis::~Redis() { stop(); }

void Redis::subscribe(std::string channel, MessageListener listener) {
  subscription_.add(std::move(channel), std::move(listener));
}

void Redis::start(std::chrono::milliseconds patience) {
  seed_->start();
  subscription_.start();
  thread_ = std::thread([this] { loop_.run(); });
  pthread_setname_np(thread_.native_handle(), "redis");
  std::unique_lock lock(mutex_);
  known_.wait_for(lock, patience, [this] { return is_known_; });
}

void Redis::stop() {
  std::vector<RedisCallPtr> left;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_stopped_, true)) return;
    left = std::exchange(inbox_, {});
  }
  guard_.reset();
  loop_.stop();
  if (thread_.joinable()) thread_.join();
  // The thread is gone, so its state is ours.
  is_available_ = false;
  const Error stopping = unavailable("stopping");
  for (auto& call : left) call_has_failed(std::move(call), stopping);
  seed_->retire(stopping);
  for (auto& [node, link] : links_) link->retire(stopping);
}

Task<Reply> Redis::call(RedisCommand command) {
  if (!is_available()) {
    observer_.failed(ErrorCode::unavailable, {});
    co_return std::unexpected(unavailable("away"));
  }
  auto initiate = [this](auto handler, RedisCommand wanted) {
    const auto executor = asio::get_associated_executor(handler);
    auto pending = std::make_shared<decltype(handler)>(std::move(handler));
    auto guard = asio::make_work_guard(executor);
    auto call = make_call(std::move(wanted));
    // The guard ends on the loop's side: once it has the answer, this thread touches it no more.
    call->done = [pending = std::move(pending), executor,
                  guard = std::move(guard)](Result<Reply> outcome) mutable {
      asio::post(executor, [pending = std::move(pending), guard = std::move(guard),
                            outcome = std::move(outcome)]() mutable {
        std::move (*pending)(std::move(outcome));
      });
    };
    submit(std::move(call));
  };
  using Token = asio::use_awaitable_t<>;
  auto token = Token{};
  auto outcome = co_await asio::async_initiate<Token, void(Result<Reply>)>(
      std::move(initiate), token, std::move(command));
  co_return outcome;
}

void Redis::post(RedisCommand command) {
  if (is_available()) {
    submit(make_call(std::move(command)));
  } else {
    observer_.failed(ErrorCode::unavailable, {});
  }
}

void Redis::submit(RedisCallPtr call) {
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_) {
      is_first = inbox_.empty();
      inbox_.push_back(std::move(call));
    }
  }
  if (call) return call_has_failed(std::move(call), unavailable("stopping"));
  if (is_first) asio::post(loop_, [this] { drain(); });
}

void Redis::drain() {
  std::vector<RedisCallPtr> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(inbox_);
  }
  for (auto& call : calls) dispatch(std::move(call));
  seed_->flush();
  for (const auto& [node, link] : links_) link->flush();
}

void Redis::dispatch(RedisCallPtr call) {
  auto* link = link_for(*call);
  if (link == nullptr || link->state() == RedisLink::State::away) {
    refresh();
    return call_has_failed(std::move(call), unavailable("away"));
  }
  link->send(std::move(call));
}

RedisLink* Redis::link_for(const RedisCall& call) {
  if (!slots_) return seed_.get();
  if (call.command.key.empty()) return any_ready();
  const auto* node = slots_->node_of(slot_of(call.command.key));
  return node == nullptr ? nullptr : link_to(*node);
}

RedisLink* Redis::link_to(const RedisNode& node) {
  auto& link = links_[node];
  if (!link) {
    const LinkParts parts{{loop_, options_.url, tls_.get()}, *this, random_, options_.scripts};
    link = std::make_shared<RedisLink>(parts, std::vector{node});
    link->start();
  }
  return link.get();
}

RedisLink* Redis::any_ready() {
  if (seed_->state() == RedisLink::State::ready) return seed_.get();
  for (const auto& [node, link] : links_) {
    if (link->state() == RedisLink::State::ready) return link.get();
  }
  return nullptr;
}

void Redis::link_is_ready(RedisLink& link, const RedisSession& session) {
  for (std::size_t i = 0; i < session.script_hashes.size(); ++i)
    hashes_[options_.scripts[i]] = session.script_hashes[i];
  if (auto slots = SlotMap::read(session.slots, link.node())) {
    adopt(std::move(*slots));
  } else if (&link == seed_.get()) {
    slots_.reset();
  }
  note_availability({});
}

void Redis::link_is_away(RedisLink& /*link*/, const std::string& reason) {
  note_availability(reason);
  refresh();
}

void Redis::note_availability(std::string_view reason) {
  const bool is_there = any_ready() != nullptr;
  const bool was_there = is_available_.exchange(is_there);
  // Only this thread writes it. Whoever waits for it finds the observer told.
  const bool is_news = !is_known_ || was_there != is_there;
  if (is_news && is_there) observer_.available();
  if (is_news && !is_there) observer_.unavailable(reason);
  {
    const std::lock_guard lock(mutex_);
    is_known_ = true;
  }
  known_.notify_all();
}

void Redis::call_is_answered(RedisLink& link, RedisCallPtr call, Reply reply) {
  if (reply.is_error()) return refuse(link, std::move(call), reply);
  observer_.completed(std::chrono::steady_clock::now() - call->started);
  if (call->done) call->done(std::move(reply));
}

void Redis::refuse(RedisLink& answered, RedisCallPtr call, const Reply& reply) {
  if (const auto redirection = redirection_of(reply))
    return redirect(answered, std::move(call), *redirection);
  const auto code = reply.error_code();
  if (code == "NOSCRIPT" && call->command.script != nullptr && !call->with_text) {
    call->with_text = true;
    answered.send(std::move(call));
    return answered.flush();
  }
  // A master that became a replica, or is about to: look for the new one.
  if (code == "READONLY" || code == "MASTERDOWN") answered.reconnect();
  if (code == "CLUSTERDOWN") refresh();
  observer_.failed(ErrorCode::unavailable, code.empty() ? "ERR" : code);
  if (call->done) call->done(std::unexpected(unavailable("refused: " + std::string(code))));
}

void Redis::redirect(RedisLink& answered, RedisCallPtr call, Redirection redirection) {
  if (++call->redirections > kMaxRedirections)
    return call_has_failed(std::move(call), unavailable("too many redirections"));
  auto node = std::move(redirection.node);
  if (node.host.empty()) node.host = answered.node().host;
  if (redirection.kind == Redirection::Kind::moved) {
    if (slots_) slots_->move(redirection.slot, node);
    refresh();
  }
  if (!links_.contains(node) && links_.size() >= SlotMap::kMaxNodes)
    return call_has_failed(std::move(call), unavailable("too many nodes"));
  call->is_asking = redirection.kind == Redirection::Kind::ask;
  auto* target = link_to(node);
  target->send(std::move(call));
  target->flush();
}

void Redis::call_has_failed(RedisCallPtr call, Error error) {
  observer_.failed(error.code, {});
  if (call->done) call->done(std::unexpected(std::move(error)));
}

std::string_view Redis::hash_of(const RedisScript& script) const {
  const auto known = hashes_.find(&script);
  return known == hashes_.end() ? std::string_view() : std::string_view(known->second);
}

void Redis::adopt(SlotMap slots) {
  slots_ = std::move(slots);
  for (const auto& node : slots_->nodes()) link_to(node);
  std::erase_if(links_, [&](const auto& entry) {
    const auto& [node, link] = entry;
    const auto& nodes = slots_->nodes();
    if (std::ranges::find(nodes, node) != nodes.end()) return false;
    link->retire(unavailable("no longer of the cluster"));
    return true;
  });
}

void Redis::refresh() {
  const auto now = std::chrono::steady_clock::now();
  if (!slots_ || is_refreshing_ || now < refresh_from_) return;
  auto* link = any_ready();
  if (link == nullptr) return;
  is_refreshing_ = true;
  refresh_from_ = now + kRefreshPause;
  auto call = make_call({.words = {"CLUSTER", "SLOTS"}, .limit = std::chrono::seconds(1)});
  call->done = [this, asked = link->node()](Result<Reply> reply) {
    is_refreshing_ = false;
    if (!reply) return;
    if (auto slots = SlotMap::read(*reply, asked)) adopt(std::move(*slots));
  };
  link->send(std::move(call));
  link->flush();
}

}  // namespace sovereign::cache
