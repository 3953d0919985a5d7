#include "registry/federation/fan_out.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "json/write.hpp"
#include "registry/federation/info.hpp"
#include "registry/federation/race.hpp"

namespace sovereign::registry {
namespace {

namespace asio = boost::asio;

constexpr int kOk = 200;
constexpr int kUnauthorised = 401;
constexpr int kForbidden = 403;
constexpr int kTooManyRequests = 429;

/// What kept an answer from coming.
std::string_view status_of(const Error& error) {
  if (error.name == http::Client::kUntrusted) return "untrusted";
  switch (error.code) {
    case ErrorCode::timed_out: return "timed_out";
    case ErrorCode::too_large: return "too_large";
    default: return "unreachable";
  }
}

std::string_view status_of(int http_status) {
  switch (http_status) {
    case kUnauthorised:
    case kForbidden: return "refused";
    case kTooManyRequests: return "limited";
    default: return "failed";
  }
}

PeerOutcome outcome_of(const ActivePeer& peer) { return {.name = peer.name, .url = peer.url}; }

/// `outcome` with what the peer said before.
PeerOutcome with(PeerOutcome outcome, const AnswerCache::Entry& entry) {
  outcome.answer = entry.answer;
  outcome.cached = true;
  return outcome;
}

}  // namespace

/// Shared by the coroutines that ask and the one that waits for them until the deadline.
struct FanOut::Gathering {
  explicit Gathering(const asio::any_io_executor& executor) : all_done(executor) {}

  asio::steady_timer all_done;  ///< Cancelled by the last.
  std::vector<PeerOutcome> outcomes;
  std::vector<ActivePeer> peers;
  std::size_t running = 0;
};

FanOut::FanOut(FanOutParts parts, FanOutOptions options)
    : parts_(parts),
      options_(std::move(options)),
      health_(parts.metrics, parts.clock, parts.random) {}

FanOut::Question FanOut::question_for(const ActivePeer& peer, const std::string& body) const {
  return {.peer = peer,
          .body = body,
          .key = fmt::format("{} {} {}", peer.id.to_string(), peer.url, body),
          .health = {},
          .before = {}};
}

std::optional<PeerOutcome> FanOut::from_cache(Question& question, const FanOutWish& wish,
                                              const asio::any_io_executor& executor) {
  if (wish.force_refresh) return std::nullopt;
  auto entry = cache_.find(question.key);
  if (!entry) return std::nullopt;
  const auto age = parts_.clock.steady_now() - entry->received;
  if (age > options_.fresh + options_.stale || (wish.max_staleness && age > *wish.max_staleness)) {
    return std::nullopt;
  }
  auto outcome = with(outcome_of(question.peer), *entry);
  question.before = std::move(entry);
  question.health->count_cache_hit();
  if (age <= options_.fresh) {
    outcome.status = "ok";
    return outcome;
  }
  outcome.status = "stale";
  if (cache_.begin_refresh(question.key)) {
    asio::co_spawn(executor, refresh(*this, question), asio::detached);
  }
  return outcome;
}

asio::awaitable<std::vector<PeerOutcome>> FanOut::ask(PeerQuery query, FanOutWish wish) {
  const auto executor = co_await asio::this_coro::executor;
  const auto gathering = std::make_shared<Gathering>(executor);
  const auto started = parts_.clock.steady_now();
  const std::string body = json::to_text(query);
  const auto active = parts_.peers.active();
  for (const auto& peer : *active) {
    if (peer.mode != PeerMode::query || wish.registry_url.value_or(peer.url) != peer.url) continue;
    auto question = question_for(peer, body);
    question.health = health_.of(peer);
    auto ready = from_cache(question, wish, executor);
    const auto index = gathering->outcomes.size();
    gathering->peers.push_back(peer);
    gathering->outcomes.push_back(ready ? std::move(*ready) : outcome_of(peer));
    if (ready) continue;
    ++gathering->running;
    asio::co_spawn(executor, gather(*this, gathering, index, std::move(question)), asio::detached);
  }
  if (gathering->running > 0) {
    gathering->all_done.expires_after(options_.deadline);
    boost::system::error_code ignored;
    co_await gathering->all_done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  auto outcomes = gathering->outcomes;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const bool is_late = !outcomes[i].answer && outcomes[i].time.count() == 0;
    if (is_late) outcomes[i].time = parts_.clock.steady_now() - started;
    if (is_still_active(gathering->peers[i])) continue;
    outcomes[i].answer = nullptr;
    outcomes[i].status = "removed";
  }
  co_return outcomes;
}

asio::awaitable<void> FanOut::gather(FanOut& self, std::shared_ptr<Gathering> gathering,
                                     std::size_t index, Question question) {
  auto outcome = co_await self.fetch(std::move(question));
  gathering->outcomes[index] = std::move(outcome);
  if (--gathering->running == 0) gathering->all_done.cancel();
}

asio::awaitable<void> FanOut::refresh(FanOut& self, Question question) {
  const auto key = question.key;
  const auto outcome = co_await self.fetch(std::move(question));
  if (outcome.cached || !outcome.answer) self.cache_.refresh_failed(key);
}

asio::awaitable<PeerOutcome> FanOut::fetch(Question question) {
  if (!question.health->admit()) {
    auto paused = outcome_of(question.peer);
    paused.status = "paused";
    if (question.before) paused = with(std::move(paused), *question.before);
    co_return paused;
  }
  const auto started = parts_.clock.steady_now();
  auto response = co_await exchange(question);
  auto outcome = judge(question, std::move(response));
  outcome.time = parts_.clock.steady_now() - started;
  question.health->count(outcome.status, outcome.time);
  if (outcome.status == "ok") {
    question.health->succeeded(std::chrono::duration_cast<std::chrono::microseconds>(outcome.time));
    cache_.put(question.key, {.answer = outcome.answer, .received = parts_.clock.steady_now()});
  } else {
    question.health->failed();
    if (question.before) outcome = with(std::move(outcome), *question.before);
  }
  co_return outcome;
}

Task<http::ClientResponse> FanOut::exchange(const Question& question) {
  RaceRule rule{.patience = question.health->patience(),
                .may_start_second = [health = question.health] { return health->take_hedge(); }};
  auto task = race(parts_.client, request_of(question), std::move(rule));
  auto response = co_await std::move(task);
  co_return response;
}

http::ClientRequest FanOut::request_of(const Question& question) const {
  http::ClientRequest request{.method = http::Method::post,
                              .url = question.peer.url + std::string(kFederationQueryPath),
                              .body = question.body,
                              .timeout = options_.deadline,
                              .connect_timeout = options_.deadline,
                              .max_body = options_.max_bytes,
                              .pinned_key = question.peer.tls_pin.value_or(std::string()),
                              .ca_file = options_.ca_file,
                              .repeat = http::Repeat::allowed};
  request.allow_private_addresses = options_.addresses == PeerAddresses::any;
  request.headers = {{"Authorization", "Bearer " + question.peer.token},
                     {"Accept", "application/json"}};
  return request;
}

PeerOutcome FanOut::judge(const Question& question, Result<http::ClientResponse> response) {
  auto outcome = outcome_of(question.peer);
  if (!response || response->status != kOk) {
    outcome.status = response ? status_of(response->status) : status_of(response.error());
    return outcome;
  }
  auto answer = read_peer_answer(response->body, {.peer_name = question.peer.name,
                                                  .peer_url = question.peer.url,
                                                  .own_url = options_.own_url,
                                                  .max_items = options_.max_results,
                                                  .now = parts_.clock.now()});
  if (!answer) {
    outcome.status = "invalid";
    return outcome;
  }
  outcome.status = "ok";
  outcome.answer = std::make_shared<const PeerAnswer>(std::move(*answer));
  return outcome;
}

bool FanOut::is_still_active(const ActivePeer& peer) const {
  const auto active = parts_.peers.active();
  return std::ranges::any_of(*active, [&](const ActivePeer& other) {
    return other.id == peer.id && other.url == peer.url;
  });
}

}  // namespace sovereign::registry
