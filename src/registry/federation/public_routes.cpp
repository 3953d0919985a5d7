#include "registry/federation/public_routes.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "registry/federation/routes.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Federation";
constexpr std::string_view kPeers = "/api/v1/federation/peers";
constexpr std::string_view kHealthPath = "/api/v1/federation/health";

UserId account_of(const http::Request& request) { return UserId{request.principal->subject}; }

}  // namespace

void PublicPeerRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = kPeers,
       .operation = "proposePeer",
       .access = http::Access::user,
       .scope = http::Scope::agents_write,
       .handler = http::endpoint(this, &PublicPeerRoutes::propose),
       .documentation = {
           .tag = kTag,
           .summary = "Propose a peer",
           .description = "It waits for an administrator, who also sets the token. At most 5 "
                          "proposals of one account wait at a time.",
           .success = 201,
           .errors = {409},
           .example_body =
               R"({"name":"Harbour Registry","registry_url":"https://harbour.example","description":"Agents for ports and pilots","admin_contact":"pilot@harbour.example"})"}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/federation/peers/my/registrations",
                   .operation = "listOwnProposals",
                   .access = http::Access::user,
                   .scope = http::Scope::federation_read,
                   .handler = http::endpoint(this, &PublicPeerRoutes::list_own),
                   .documentation = {.tag = kTag,
                                     .summary = "List the peers you proposed",
                                     .description = "In every status, newest first.",
                                     .example_query = "skip=0&limit=10"}});
  table.push_back({.method = http::Method::get,
                   .path = kPeers,
                   .operation = "listPublicPeers",
                   .handler = http::endpoint(this, &PublicPeerRoutes::list),
                   .documentation = {.tag = kTag,
                                     .summary = "List the active peers",
                                     .errors = {422, 503},
                                     .example_query = "skip=0&limit=10"}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/federation/peers/{peer_id}",
                   .operation = "getPublicPeer",
                   .handler = http::endpoint(this, &PublicPeerRoutes::get),
                   .documentation = {.tag = kTag,
                                     .summary = "Get an active peer",
                                     .description = "404 for peers in any other status.",
                                     .errors = {404, 503}}});
}

Task<http::Reply<Peer>> PublicPeerRoutes::propose(const http::Request& request,
                                                  http::Json<PeerProposal> body) {
  auto task = service_.propose(std::move(body.value), account_of(request), actor_of(request));
  auto peer = co_await std::move(task);
  if (!peer) co_return Failure(std::move(peer.error()));
  auto etag = etag_of(*peer);
  co_return http::Reply<Peer>{.value = std::move(*peer), .status = 201, .etag = std::move(etag)};
}

Task<http::Reply<PeerPage>> PublicPeerRoutes::list_own(const http::Request& request,
                                                       http::Query<PeerPaging> query) {
  auto task = service_.list({.status = {}, .proposed_by = account_of(request)}, query.value);
  auto page = co_await std::move(task);
  if (!page) co_return Failure(std::move(page.error()));
  co_return http::Reply<PeerPage>{.value = std::move(*page)};
}

Task<http::Reply<PublicPeerPage>> PublicPeerRoutes::list(const http::Request&,
                                                         http::Query<PeerPaging> query) {
  auto task = service_.list({.status = PeerStatus::active, .proposed_by = {}}, query.value);
  auto page = co_await std::move(task);
  if (!page) co_return Failure(std::move(page.error()));
  http::Reply<PublicPeerPage> reply{.value = {.items = {}, .pagination = page->pagination}};
  for (const auto& peer : page->items) reply.value.items.push_back(public_view(peer));
  co_return reply;
}

Task<http::Reply<PublicPeer>> PublicPeerRoutes::get(const http::Request& request) {
  const auto id = peer_id_of(request);
  if (!id) co_return Failure(id.error());
  auto task = service_.find(*id);
  const auto peer = co_await std::move(task);
  if (!peer) co_return Failure(peer.error());
  if (peer->status != PeerStatus::active)
    co_return base::fail(ErrorCode::not_found, "There is no such peer.");
  co_return http::Reply<PublicPeer>{.value = public_view(*peer)};
}

FederationInfoRoutes::FederationInfoRoutes(FederationIdentity identity, const FederationKey& key,
                                           sql::Database& database, const Clock& clock)
    : identity_(std::move(identity)),
      public_key_(base::to_base64url(key.identity().public_key())),
      database_(database),
      clock_(clock) {}

void FederationInfoRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::get,
       .path = kFederationInfoPath,
       .operation = "getFederationInfo",
       .handler = http::endpoint(this, &FederationInfoRoutes::info),
       .documentation = {.tag = kTag, .summary = "What this registry says of itself to others"}});
  const http::Documentation health{
      .tag = kTag, .summary = "Whether federation works here", .unfavourable = {503}};
  table.push_back({.method = http::Method::get,
                   .path = kHealthPath,
                   .operation = "getFederationHealth",
                   .handler = http::endpoint(this, &FederationInfoRoutes::health),
                   .documentation = health});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/federation/health-check",
                   .operation = "getFederationHealthCheck",
                   .handler = http::endpoint(this, &FederationInfoRoutes::health),
                   .documentation = health});
}

Result<http::Reply<FederationInfo>> FederationInfoRoutes::info(const http::Request&) {
  const auto at = [this](std::string_view path) { return identity_.url + std::string(path); };
  return http::Reply<FederationInfo>{
      .value = {.registry_name = identity_.name,
                .registry_url = identity_.url,
                .api_version = "v1",
                .federation_protocol_version = std::string(kFederationProtocol),
                .version = identity_.version,
                .supported_auth_methods = {"bearer"},
                .public_key = public_key_,
                .health_check_endpoint = at(kHealthPath),
                .query_endpoint = at(kFederationQueryPath),
                .changes_endpoint = at(kChangesPath),
                .timestamp = clock_.now()}};
}

Task<http::Reply<FederationHealth>> FederationInfoRoutes::health(const http::Request&) {
  const auto database = co_await database_.check();
  const auto state = database ? FederationState::healthy : FederationState::degraded;
  co_return http::Reply<FederationHealth>{.value = {.status = state,
                                                    .registry_name = identity_.name,
                                                    .version = identity_.version,
                                                    .components = {.database = state},
                                                    .timestamp = clock_.now()},
                                          .status = database ? 200 : 503};
}

}  // namespace sovereign::registry
