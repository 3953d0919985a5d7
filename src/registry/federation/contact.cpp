#include "registry/federation/contact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "json/read.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kMaxInfo = std::size_t{64} << 10U;  ///< Bytes; ours has 700.
constexpr std::size_t kMaxAnswer = std::size_t{1} << 20U;
constexpr std::string_view kOneAgent = R"({"limit":1})";

/// How many agents the answer says there are, if it is an answer to a query at all.
std::optional<std::int64_t> agents_in(std::string_view body) {
  const auto document = json::parse(body);
  if (!document || !document->is_object()) return std::nullopt;
  const auto& members = document->get_object();
  const auto* items = members.if_contains("items");
  if (items == nullptr) items = members.if_contains("agents");
  if (items == nullptr || !items->is_array()) return std::nullopt;
  if (const auto* pagination = members.if_contains("pagination");
      pagination != nullptr && pagination->is_object()) {
    const auto* total = pagination->get_object().if_contains("total_items");
    if (total != nullptr && total->is_int64()) return total->get_int64();
  }
  return static_cast<std::int64_t>(items->get_array().size());
}

std::string explain(const Error& error) {
  if (error.name == http::Client::kUntrusted) {
    return error.detail +
           " Its certificate must be signed by an authority this machine trusts, for the host of "
           "its URL; with a tls_pin, it must have that key.";
  }
  if (error.code == ErrorCode::forbidden) {
    return error.detail + " Set AGENTVAULT_ALLOW_PRIVATE_PEERS=1 if that is meant.";
  }
  return error.context.empty() ? error.detail : fmt::format("{} ({})", error.detail, error.context);
}

}  // namespace

bool PeerReport::passed() const { return std::ranges::all_of(checks, &PeerCheck::passed); }

http::ClientRequest PeerContact::request(std::string url,
                                         const std::optional<std::string>& tls_pin) const {
  return {.url = std::move(url),
          .timeout = options_.timeout,
          .max_body = kMaxInfo,
          .pinned_key = tls_pin.value_or(""),
          .ca_file = options_.ca_file,
          .allow_private_addresses = options_.addresses == PeerAddresses::any};
}

Task<FederationInfo> PeerContact::info(std::string url, std::optional<std::string> tls_pin) {
  auto asking = request(url + std::string(kFederationInfoPath), tls_pin);
  auto task = client_.request(std::move(asking));
  const auto answer = co_await std::move(task);
  if (!answer) co_return Failure(answer.error());
  if (answer->status != 200) {
    co_return base::fail(ErrorCode::unavailable,
                         fmt::format("{}{} answers {}: it is no registry that federates.", url,
                                     kFederationInfoPath, answer->status));
  }
  auto info = json::read_text<FederationInfo>(answer->body);
  if (!info) {
    co_return base::fail(
        ErrorCode::unavailable,
        fmt::format("{}{} answers something else than a registry does.", url, kFederationInfoPath));
  }
  co_return std::move(*info);
}

PeerCheck judge_identity(const ActivePeer& peer, const FederationInfo& info) {
  PeerCheck check{.check = "identity", .passed = true, .detail = {}};
  const auto key = crypto::parse_ed25519_key(info.public_key);
  if (peer.public_key && peer.public_key != key) {
    check.passed = false;
    check.detail =
        "Its public key is another one than at first. If its administrator confirms the new key, "
        "set the peer's public_key to it, or to nothing to learn it anew.";
  } else if (peer.mode == PeerMode::replicate && !key) {
    check.passed = false;
    check.detail = "It has no public key, so its changes cannot be followed: use the mode query.";
  } else {
    check.detail = peer.public_key ? "Its public key is the one that is known."
                                   : "Its public key will be kept when the registry runs.";
  }
  return check;
}

PeerCheck judge_query(int status, std::string_view body) {
  PeerCheck check{.check = "query", .passed = false, .detail = {}};
  if (status == 401 || status == 403) {
    check.detail =
        "It does not accept our token. Its administrator must add this registry as an active peer "
        "with the same token: agentvault-registry peer add OUR-URL --token-stdin";
  } else if (status == 404 || status == 405) {
    check.detail = fmt::format("{} answers {}: it does not answer the queries of peers.",
                               kFederationQueryPath, status);
  } else if (status == 429) {
    check.detail = "It limits how often we may ask (429); try again in a minute.";
  } else if (status != 200) {
    check.detail = fmt::format("It answers a query with {}; its log says why.", status);
  } else if (const auto agents = agents_in(body)) {
    check.passed = true;
    check.detail = fmt::format("It answers our queries; {} agents.", *agents);
  } else {
    check.detail = "It answers a query with something else than a list of agents.";
  }
  return check;
}

Task<PeerCheck> PeerContact::check_query(const ActivePeer& peer) {
  auto asking = request(peer.url + std::string(kFederationQueryPath), peer.tls_pin);
  asking.method = http::Method::post;
  asking.headers.emplace_back("Authorization", "Bearer " + peer.token);
  asking.body = kOneAgent;
  asking.max_body = kMaxAnswer;
  auto task = client_.request(std::move(asking));
  const auto answer = co_await std::move(task);
  if (!answer) {
    co_return PeerCheck{.check = "query", .passed = false, .detail = explain(answer.error())};
  }
  co_return judge_query(answer->status, answer->body);
}

Task<PeerReport> PeerContact::check(ActivePeer peer) {
  PeerReport report{.name = peer.name, .registry_url = peer.url, .checks = {}};
  auto asking = info(peer.url, peer.tls_pin);
  const auto found = co_await std::move(asking);
  if (!found) {
    report.checks.push_back({.check = "info", .passed = false, .detail = explain(found.error())});
    co_return report;
  }
  report.checks.push_back(
      {.check = "info",
       .passed = true,
       .detail = fmt::format("It is {}, version {}.", found->registry_name,
                             found->version.empty() ? "unknown" : found->version)});
  report.checks.push_back(judge_identity(peer, *found));
  auto querying = check_query(peer);
  auto query = co_await std::move(querying);
  if (!query) co_return Failure(std::move(query.error()));
  report.checks.push_back(std::move(*query));
  co_return report;
}

}  // namespace sovereign::registry
