#include "cache/redis_link.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sovereign::cache {
namespace {

Error away() {
  return {.code = ErrorCode::unavailable, .detail = "Redis is away.", .context = "redis is away"};
}

}  // namespace

RedisLink::RedisLink(LinkParts parts, std::vector<RedisNode> nodes)
    : parts_(parts),
      nodes_(std::move(nodes)),
      backoff_(parts.random),
      pause_(parts.setup.loop),
      watch_(parts.setup.loop) {}

void RedisLink::start() {
  asio::co_spawn(parts_.setup.loop, run(shared_from_this()), asio::detached);
}

void RedisLink::retire(const Error& error) {
  is_retired_ = true;
  state_ = State::away;
  if (socket_) socket_->close();
  pause_.cancel();
  watch_.cancel();
  fail_all(error);
}

void RedisLink::reconnect() {
  if (socket_) socket_->close();
}

asio::awaitable<void> RedisLink::run(std::shared_ptr<RedisLink> self) {
  for (RedisLink& link = *self; !link.is_retired_; ++link.attempt_) {
    auto opening =
        open_session(link.parts_.setup, link.node(), Handshake::commands, link.parts_.scripts);
    const auto session = co_await std::move(opening);
    if (link.is_retired_) break;
    Error reason;
    if (session) {
      link.socket_ = (*session)->socket;
      link.state_ = State::ready;
      link.backoff_.reset();
      for (auto& pending : link.pending_) pending.sent_at = std::chrono::steady_clock::now();
      link.parts_.owner.link_is_ready(link, **session);
      link.flush();
      auto reading = link.read_replies(**session);
      const auto ended = co_await std::move(reading);
      reason = ended.error();
    } else {
      reason = session.error();
    }
    if (link.is_retired_) break;
    link.become_away(reason);
    link.pause_.expires_after(link.backoff_.next());
    co_await link.pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

Task<void> RedisLink::read_replies(RedisSession& session) {
  for (;;) {
    if (auto handed = hand_out(session.replies); !handed) co_return handed;
    auto reading = session.socket->read();
    const auto bytes = co_await std::move(reading);
    if (!bytes) co_return Failure(bytes.error());
    session.replies.feed(*bytes);
  }
}

Result<void> RedisLink::hand_out(ReplyReader& replies) {
  for (;;) {
    auto reply = replies.next();
    if (!reply) return Failure(reply.error());
    if (!*reply) return {};
    if (pending_.empty())
      return base::fail(ErrorCode::malformed, "Redis answered what it was not asked.");
    auto call = std::move(pending_.front().call);
    pending_.pop_front();
    if (call) parts_.owner.call_is_answered(*this, std::move(call), std::move(**reply));
  }
}

void RedisLink::send(RedisCallPtr call) {
  if (state_ == State::away || pending_.size() >= kMaxPending ||
      outgoing_.size() >= kMaxOutgoingBytes) {
    parts_.owner.call_has_failed(std::move(call), away());
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (call->is_asking) {
    const std::string_view asking[] = {"ASKING"};
    outgoing_ += encode_command(asking);
    pending_.push_back({.call = nullptr, .sent_at = now});
    call->is_asking = false;
  }
  append(*call);
  const auto deadline = call->deadline;
  pending_.push_back({.call = std::move(call), .sent_at = now});
  watch(deadline);
}

void RedisLink::append(RedisCall& call) {
  auto& words = call.command.words;
  std::vector<std::string_view> sent(words.begin(), words.end());
  if (const auto* script = call.command.script) {
    const auto hash = call.with_text ? std::string_view() : parts_.owner.hash_of(*script);
    sent[0] = hash.empty() ? "EVAL" : "EVALSHA";
    sent[1] = hash.empty() ? script->text : hash;
    call.with_text = hash.empty();
  }
  outgoing_ += encode_command(sent);
}

void RedisLink::flush() {
  if (state_ != State::ready || is_writing_ || outgoing_.empty()) return;
  is_writing_ = true;
  asio::co_spawn(parts_.setup.loop, write_out(shared_from_this(), socket_), asio::detached);
}

asio::awaitable<void> RedisLink::write_out(std::shared_ptr<RedisLink> self,
                                           std::shared_ptr<RedisSocket> socket) {
  // What is queued meanwhile goes with the next round: one system call for many commands.
  while (self->socket_ == socket && !self->outgoing_.empty()) {
    const std::string bytes = std::exchange(self->outgoing_, {});
    auto writing = socket->write(bytes);
    if (const auto written = co_await std::move(writing); !written) {
      socket->close();
      co_return;
    }
  }
  if (self->socket_ == socket) self->is_writing_ = false;
}

void RedisLink::become_away(const Error& error) {
  if (socket_) socket_->close();
  socket_.reset();
  is_writing_ = false;
  outgoing_.clear();
  const bool is_news = state_ != State::away;
  state_ = State::away;
  fail_all(away());
  if (is_news) parts_.owner.link_is_away(*this, error.context);
}

void RedisLink::fail_all(const Error& error) {
  for (auto& pending : std::exchange(pending_, {})) {
    if (pending.call) parts_.owner.call_has_failed(std::move(pending.call), error);
  }
}

void RedisLink::watch(SteadyTime until) {
  if (until >= watched_until_) return;
  watched_until_ = until;
  watch_.expires_at(until);
  watch_.async_wait([self = weak_from_this()](boost::system::error_code cancelled) {
    const auto link = self.lock();
    if (!link || cancelled) return;
    link->watched_until_ = SteadyTime::max();
    link->expire();
  });
}

void RedisLink::expire() {
  const auto now = std::chrono::steady_clock::now();
  SteadyTime next = SteadyTime::max();
  for (auto& pending : pending_) {
    if (!pending.call) continue;
    if (pending.call->deadline > now) {
      next = std::min(next, pending.call->deadline);
      continue;
    }
    parts_.owner.call_has_failed(std::move(pending.call),
                                 {.code = ErrorCode::timed_out,
                                  .detail = "Redis did not answer in time.",
                                  .context = "redis did not answer in time"});
  }
  if (state_ == State::ready && !pending_.empty()) {
    const auto silent_until = pending_.front().sent_at + kSilenceLimit;
    if (silent_until <= now) return reconnect();
    next = std::min(next, silent_until);
  }
  if (next != SteadyTime::max()) watch(next);
}

}  // namespace sovereign::cache
