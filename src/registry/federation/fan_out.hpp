// Asks all active peers at once, and hands back what each answered by the deadline: one row a peer,
// good or bad. What it cannot get from a peer now it takes from that peer's last answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "http/client.hpp"
#include "registry/federation/answer_cache.hpp"
#include "registry/federation/peer_health.hpp"
#include "registry/federation/peer_query.hpp"
#include "registry/federation/peers.hpp"
#include "registry/federation/rules.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::registry {

/// Each is a reference to what must outlive the fan-out.
struct FanOutParts {
  http::Client& client;
  const Peers& peers;
  const Clock& clock;
  base::Random& random;
  telemetry::Metrics& metrics;
};

struct FanOutOptions {
  std::chrono::milliseconds deadline{2'000};  ///< Of the whole, and of each peer.
  std::chrono::seconds fresh{300};            ///< An answer is served without asking for so long.
  std::chrono::seconds stale{3'600};          ///< And while the peer is asked anew for so long.
  std::size_t max_results = 100;              ///< Agents taken of one peer.
  std::size_t max_bytes = std::size_t{2} << 20U;  ///< Of one peer's answer.
  PeerAddresses addresses = PeerAddresses::public_only;
  std::filesystem::path ca_file;  ///< Roots trusted instead of the system's; empty: the system's.
  std::string own_url;            ///< Of this registry.
};

/// What one caller wants of the answers.
struct FanOutWish {
  bool force_refresh = false;
  std::optional<std::chrono::seconds> max_staleness;
  std::optional<std::string> registry_url;  ///< Only the peer at this URL.
};

/// How a peer fared; `status` is a word of docs/federation.md: ok, stale, timed_out, unreachable,
/// untrusted, refused, limited, failed, invalid, too_large, paused or removed.
struct PeerOutcome {
  std::string name;
  std::string url;
  std::string_view status = "timed_out";
  std::shared_ptr<const PeerAnswer> answer;  ///< Null: nothing to show.
  std::chrono::nanoseconds time{};
  bool cached = false;
};

class FanOut {
 public:
  FanOut(FanOutParts parts, FanOutOptions options);

  /// Ends by the deadline, with one outcome for each peer that is to be asked, in the order of
  /// their names. What peers answer later still goes to the cache.
  boost::asio::awaitable<std::vector<PeerOutcome>> ask(PeerQuery query, FanOutWish wish);

  const FanOutOptions& options() const { return options_; }

 private:
  /// A question to one peer.
  struct Question {
    ActivePeer peer;
    std::string body;
    std::string key;  ///< Of the cache.
    std::shared_ptr<PeerHealth> health;
    std::optional<AnswerCache::Entry> before;  ///< What may be shown if the peer fails.
  };
  struct Gathering;

  Question question_for(const ActivePeer& peer, const std::string& body) const;
  /// The outcome without asking, if there is one.
  std::optional<PeerOutcome> from_cache(Question& question, const FanOutWish& wish,
                                        const boost::asio::any_io_executor& executor);
  boost::asio::awaitable<PeerOutcome> fetch(Question question);
  Task<http::ClientResponse> exchange(const Question& question);
  http::ClientRequest request_of(const Question& question) const;
  PeerOutcome judge(const Question& question, Result<http::ClientResponse> response);
  bool is_still_active(const ActivePeer& peer) const;

  static boost::asio::awaitable<void> gather(FanOut& self, std::shared_ptr<Gathering> gathering,
                                             std::size_t index, Question question);
  static boost::asio::awaitable<void> refresh(FanOut& self, Question question);

  const FanOutParts parts_;
  const FanOutOptions options_;
  PeersHealth health_;
  AnswerCache cache_;
};

}  // namespace sovereign::registry
