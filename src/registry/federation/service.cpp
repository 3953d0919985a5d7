#include "registry/federation/service.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <utility>

#include "base/encoding.hpp"
#include "crypto/random.hpp"
#include "http/etag.hpp"
#include "json/write.hpp"
#include "registry/accounts/store.hpp"
#include "registry/federation/tables.hpp"

namespace sovereign::registry {
namespace {

constexpr int kAttempts = 2;  // A writer that loses twice in a row tells its client.
constexpr std::string_view kTokenPrefix = "avfed_";
constexpr std::size_t kTokenSecret = 43;  // 258 bits.

Failure no_such_peer() { return base::fail(ErrorCode::not_found, "There is no such peer."); }

Failure changed_meanwhile() {
  return base::fail(ErrorCode::conflict, "The peer was changed by someone else; try again.");
}

Failure taken(std::string pointer, std::string detail, std::string message) {
  auto failure = base::fail(ErrorCode::conflict, std::move(detail));
  failure.error().fields.push_back({std::move(pointer), "taken", std::move(message)});
  return failure;
}

/// Why the database refused a peer.
Failure rejected(const sql::Rejection& rejection) {
  if (rejection.constraint == "peers.name_key") {
    return taken("/name", "A peer of this name exists.", "Choose another name.");
  }
  if (rejection.constraint == "peers.registry_url") {
    return taken("/registry_url", "A peer of this URL exists; it may be waiting for approval.",
                 "Change or approve the peer that is there.");
  }
  if (rejection.constraint == "peers.accepted_digest") {
    return taken("/federation_access_token", "Another peer presents this token already.",
                 "Each peer needs a token of its own.");
  }
  return base::fail(ErrorCode::conflict,
                    fmt::format("There are {} peers and proposals, the most there may be; remove "
                                "some.",
                                PeerStore::kMaxPeers));
}

AuditEvent event_of(std::string_view action, const Peer& peer) {
  std::string details = R"({"name":)";
  json::write(details, peer.name);
  details += R"(,"registry_url":)";
  json::write(details, peer.registry_url);
  details += fmt::format(R"(,"mode":"{}","status":"{}"}})", json::name_of(peer.mode),
                         json::name_of(peer.status));
  return {.action = action, .subject = "peer:" + peer.id.to_string(), .details = details};
}

/// Empty texts mean "none".
std::optional<std::string> unless_empty(std::optional<std::string> text) {
  return text && text->empty() ? std::nullopt : std::move(text);
}

template <typename T>
void replace(T& member, const std::optional<T>& change) {
  if (change) member = *change;
}

}  // namespace

PeerService::PeerService(PeerParts parts, const PeerOptions& options)
    : parts_(parts), store_(parts.database), options_(options) {
  if (auto own = normalise_peer_url(options.own_url, PeerAddresses::any)) {
    options_.own_url = std::move(*own);
  }
}

Result<std::string> PeerService::admissible_url(const std::string& url) const {
  auto normalised = normalise_peer_url(url, options_.addresses);
  if (!normalised) return normalised;
  if (*normalised == options_.own_url) {
    return base::fail_field("/registry_url", "own", "This registry cannot be its own peer.");
  }
  return normalised;
}

std::optional<std::string> PeerService::set_tokens(StoredPeer& peer, EnteredTokens tokens) {
  std::optional<std::string> made;
  if (!tokens.federation_access_token) {
    made = std::string(kTokenPrefix) +
           crypto::random_token(parts_.random, kTokenSecret, crypto::Alphabet::url_safe);
  }
  const auto& presented = made ? *made : *tokens.federation_access_token;
  const auto& accepted = tokens.inbound_access_token.value_or(presented);
  peer.presented_token = parts_.key.seal_token(peer.peer.id, presented, parts_.random);
  peer.accepted_digest = base::to_hex(parts_.key.token_digest(accepted));
  return made;
}

Task<void> PeerService::refresh() {
  // What is committed is true; when the database is away just now, the next turn of the follower
  // shows it.
  static_cast<void>(co_await parts_.follower.catch_up());
  co_return Result<void>();
}

Task<PeerWithToken> PeerService::add(PeerRequest request, Actor actor) {
  auto url = admissible_url(request.registry_url);
  if (!url) co_return Failure(std::move(url.error()));
  const auto now = parts_.clock.now();
  StoredPeer stored{.peer = {.id = PeerId::generate(parts_.random),
                             .name = std::move(request.name),
                             .registry_url = std::move(*url),
                             .admin_contact = std::move(request.admin_contact),
                             .description = std::move(request.description),
                             .mode = request.mode,
                             .status = PeerStatus::active,
                             .tls_pin = unless_empty(std::move(request.tls_pin)),
                             .public_key = unless_empty(std::move(request.public_key)),
                             .approved_by = actor.id,
                             .approved_at = now,
                             .created_at = now,
                             .updated_at = now}};
  auto made = set_tokens(stored, request.tokens());
  sql::Write write;
  write.calls.push_back(PeerStore::insert(stored));
  write.calls.push_back(audit_row(actor, event_of("peer.add", stored.peer), now));
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return rejected(written->error());
  co_await refresh();
  co_return PeerWithToken{std::move(stored.peer), std::move(made)};
}

Task<Peer> PeerService::propose(PeerProposal proposal, UserId developer, Actor actor) {
  auto url = admissible_url(proposal.registry_url);
  if (!url) co_return Failure(std::move(url.error()));
  const auto now = parts_.clock.now();
  const Peer peer{.id = PeerId::generate(parts_.random),
                  .name = std::move(proposal.name),
                  .registry_url = std::move(*url),
                  .admin_contact = std::move(proposal.admin_contact),
                  .description = std::move(proposal.description),
                  .proposed_by = developer,
                  .created_at = now,
                  .updated_at = now};
  sql::Write write;
  // Counting is only safe while no other request of the account counts too.
  write.calls.push_back(AccountStore::lock_active(developer));
  write.calls.push_back(PeerStore::insert_proposal(peer, developer));
  write.calls.push_back(audit_row(actor, event_of("peer.propose", peer), now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (*written) co_return peer;
  if (written->error().call == 0)
    co_return base::fail(ErrorCode::unauthenticated, "This account is not active.");
  if (written->error().kind == sql::Rejection::Kind::expectation) {
    co_return base::fail(ErrorCode::conflict,
                         fmt::format("You have {} proposals waiting, the most there may be, or "
                                     "the registry takes no more peers.",
                                     PeerStore::kMaxProposals));
  }
  co_return rejected(written->error());
}

Task<Peer> PeerService::find(PeerId id) {
  auto found = co_await store_.find(id);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return no_such_peer();
  co_return std::move((*found)->peer);
}

Task<StoredPeer> PeerService::find_named(std::string text) {
  if (auto url = normalise_peer_url(text, PeerAddresses::any)) text = std::move(*url);
  auto found = co_await store_.find_named(std::move(text));
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return no_such_peer();
  co_return std::move(**found);
}

Task<PeerPage> PeerService::list(PeerFilter filter, PeerPaging paging) {
  auto listed = co_await store_.list(filter, paging);
  if (!listed) co_return Failure(std::move(listed.error()));
  co_return PeerPage{.items = std::move(listed->peers),
                     .pagination = pagination_of(listed->total, paging)};
}

Task<StoredPeer> PeerService::find_matching(PeerId id, const std::string& if_match) {
  auto found = co_await store_.find(id);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return no_such_peer();
  if (!if_match.empty() &&
      !http::names_etag(if_match, etag_of((*found)->peer), http::TagComparison::strong)) {
    co_return base::fail(ErrorCode::precondition_failed,
                         "The peer has changed since the version that If-Match names.");
  }
  co_return std::move(**found);
}

Task<StoredPeer> PeerService::change(PeerId id, Change change, Actor actor) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    auto task = try_change(id, change, actor);
    auto changed = co_await std::move(task);
    if (!changed) co_return Failure(std::move(changed.error()));
    if (*changed) co_return std::move(**changed);
  }
  co_return changed_meanwhile();
}

Task<std::optional<StoredPeer>> PeerService::try_change(PeerId id, const Change& change,
                                                        const Actor& actor) {
  auto find = find_matching(id, change.if_match);
  auto found = co_await std::move(find);
  if (!found) co_return Failure(std::move(found.error()));
  if (auto edited = change.edit(*found); !edited) co_return Failure(std::move(edited.error()));
  ++found->peer.version;
  found->peer.updated_at = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(PeerStore::update(*found));
  write.calls.push_back(
      audit_row(actor, event_of(change.action, found->peer), found->peer.updated_at));
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) {
    if (written->error().kind == sql::Rejection::Kind::expectation) co_return std::nullopt;
    co_return rejected(written->error());
  }
  co_await refresh();
  co_return std::move(*found);
}

Task<Peer> PeerService::update(PeerId id, PeerChange request, std::string if_match, Actor actor) {
  if (request.registry_url) {
    auto url = admissible_url(*request.registry_url);
    if (!url) co_return Failure(std::move(url.error()));
    request.registry_url = std::move(*url);
  }
  const auto edit = [this, request](StoredPeer& stored) -> Result<void> {
    auto& peer = stored.peer;
    if (request.registry_url && *request.registry_url != peer.registry_url) peer.public_key.reset();
    replace(peer.name, request.name);
    replace(peer.registry_url, request.registry_url);
    replace(peer.admin_contact, request.admin_contact);
    replace(peer.description, request.description);
    replace(peer.mode, request.mode);
    if (request.tls_pin) peer.tls_pin = unless_empty(request.tls_pin);
    if (request.public_key) peer.public_key = unless_empty(request.public_key);
    if (request.federation_access_token) {
      set_tokens(stored, {request.federation_access_token, request.inbound_access_token});
    } else if (request.inbound_access_token) {
      stored.accepted_digest = base::to_hex(parts_.key.token_digest(*request.inbound_access_token));
    }
    return {};
  };
  Change change{.action = "peer.update", .if_match = std::move(if_match), .edit = edit};
  auto changed = co_await this->change(id, std::move(change), std::move(actor));
  if (!changed) co_return Failure(std::move(changed.error()));
  co_return std::move(changed->peer);
}

Task<PeerWithToken> PeerService::act(PeerId id, PeerAction action, EnteredTokens tokens,
                                     std::string if_match, Actor actor) {
  std::optional<std::string> made;
  const auto edit = [&, by = actor.id](StoredPeer& stored) -> Result<void> {
    const auto next = status_after(stored.peer.status, action);
    if (!next) return Failure(next.error());
    stored.peer.status = *next;
    if (action == PeerAction::approve) {
      made = set_tokens(stored, tokens);
      stored.peer.approved_by = by;
      stored.peer.approved_at = parts_.clock.now();
    }
    return {};
  };
  Change change{.action = audit_name(action), .if_match = std::move(if_match), .edit = edit};
  auto changed = co_await this->change(id, std::move(change), std::move(actor));
  if (!changed) co_return Failure(std::move(changed.error()));
  co_return PeerWithToken{std::move(changed->peer), std::move(made)};
}

Task<void> PeerService::remove(PeerId id, std::string if_match, Actor actor) {
  auto find = find_matching(id, if_match);
  const auto found = co_await std::move(find);
  if (!found) co_return Failure(found.error());
  sql::Write write;
  write.calls.push_back(PeerStore::remove(id, found->peer.version));
  write.calls.push_back(audit_row(actor, event_of("peer.remove", found->peer), parts_.clock.now()));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return changed_meanwhile();
  co_return co_await refresh();
}

Task<void> PeerService::pin_key(PeerId id, std::string public_key) {
  const auto now = parts_.clock.now();
  std::string details = R"({"public_key":)";
  json::write(details, public_key);
  sql::Write write;
  write.calls.push_back(PeerStore::pin_key(id, public_key, now));
  write.calls.push_back(audit_row(
      {.id = "registry", .request_id = {}, .address = {}},
      {.action = "peer.pin_key", .subject = "peer:" + id.to_string(), .details = details + "}"},
      now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return co_await refresh();
}

}  // namespace sovereign::registry
