#include "registry/federation/routes.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Federation";
constexpr std::string_view kPeers = "/api/v1/admin/federation/peers";
constexpr std::string_view kPeerPath = "/api/v1/admin/federation/peers/{peer_id}";

/// A row for administrators.
http::Route row(http::Method method, std::string_view path, std::string_view operation,
                http::Handler handler, http::Documentation documentation) {
  documentation.tag = kTag;
  return {.method = method,
          .path = path,
          .operation = operation,
          .access = http::Access::admin,
          .scope = http::Scope::admin,
          .handler = std::move(handler),
          .documentation = std::move(documentation)};
}

std::string if_match_of(const http::Request& request) {
  return std::string(request.header("If-Match"));
}

template <typename T>
Result<http::Reply<T>> reply(Result<T> peer) {
  if (!peer) return Failure(std::move(peer.error()));
  auto etag = etag_of(*peer);
  return http::Reply<T>{.value = std::move(*peer), .etag = std::move(etag)};
}

}  // namespace

Result<PeerId> peer_id_of(const http::Request& request) {
  if (const auto id = PeerId::parse(request.parameters.values[0])) return *id;
  return base::fail(ErrorCode::not_found, "There is no such peer.");
}

void PeerRoutes::add_to(http::RouteTable& table) {
  add_lists(table);
  add_changes(table);
  add_actions(table);
}

void PeerRoutes::add_lists(http::RouteTable& table) {
  table.push_back(row(http::Method::get, kPeers, "listPeers",
                      http::endpoint(this, &PeerRoutes::list),
                      {.summary = "List peers and proposals",
                       .description = "Newest first, in every status unless one is named.",
                       .example_query = "status=ACTIVE&limit=10"}));
  table.push_back(row(http::Method::get, "/api/v1/admin/federation/peers/all", "listAllPeers",
                      http::endpoint(this, &PeerRoutes::list),
                      {.summary = "List peers and proposals (the older path)",
                       .description = "The same as without /all.",
                       .example_query = "status=REJECTED&skip=0"}));
  table.push_back(row(
      http::Method::get, "/api/v1/admin/federation/peers/pending", "listPendingPeers",
      http::endpoint(this, &PeerRoutes::list_pending),
      {.summary = "List proposals that wait for approval", .example_query = "skip=0&limit=10"}));
  table.push_back(row(http::Method::get, kPeerPath, "getPeer",
                      http::endpoint(this, &PeerRoutes::get),
                      {.summary = "Get a peer", .errors = {404}}));
}

void PeerRoutes::add_changes(http::RouteTable& table) {
  table.push_back(row(
      http::Method::post, kPeers, "addPeer", http::endpoint(this, &PeerRoutes::add),
      {.summary = "Add a peer",
       .description = "It is active at once. One token serves both directions unless "
                      "inbound_access_token is another; the peer's administrator enters the same "
                      "one there. Here the presented token is kept encrypted, and of the accepted "
                      "one only a digest. The addresses of peers must be public and https, unless "
                      "AGENTVAULT_ALLOW_PRIVATE_PEERS is set.",
       .success = 201,
       .errors = {409},
       .example_body =
           R"({"name":"European AgentVault Registry","registry_url":"https://eu.agentvault.example","admin_contact":"admin@eu.agentvault.example","federation_access_token":"fed_token_secure_string"})"}));
  table.push_back(
      row(http::Method::put, kPeerPath, "updatePeer", http::endpoint(this, &PeerRoutes::update),
          {.summary = "Change a peer",
           .description = "Members given replace those kept, the others stay. An empty tls_pin or "
                          "public_key removes it. federation_access_token replaces the token of "
                          "both directions unless inbound_access_token is given too. If-Match "
                          "guards against lost updates.",
           .errors = {404, 409, 412},
           .example_body = R"({"description":"Agents of the continent",)"
                           R"("mode":"replicate"})"}));
  table.push_back(row(http::Method::delete_, kPeerPath, "removePeer",
                      http::endpoint(this, &PeerRoutes::remove),
                      {.summary = "Remove a peer",
                       .description = "Forgets it with its tokens; they open nothing any more.",
                       .success = 204,
                       .errors = {404, 409, 412}}));
}

void PeerRoutes::add_actions(http::RouteTable& table) {
  table.push_back(row(http::Method::post, "/api/v1/admin/federation/peers/{peer_id}/approve",
                      "approvePeer", http::endpoint(this, &PeerRoutes::approve),
                      {.summary = "Approve a proposed peer",
                       .description = "Also one that was rejected. Tokens as when adding a peer: "
                                      "left out, one is made and shown in the answer, once.",
                       .errors = {404, 409, 412},
                       .example_body = R"({})"}));
  table.push_back(row(http::Method::post, "/api/v1/admin/federation/peers/{peer_id}/reject",
                      "rejectPeer", http::endpoint(this, &PeerRoutes::reject),
                      {.summary = "Reject a proposed peer", .errors = {404, 409, 412}}));
  table.push_back(row(http::Method::post, "/api/v1/admin/federation/peers/{peer_id}/deactivate",
                      "deactivatePeer", http::endpoint(this, &PeerRoutes::deactivate),
                      {.summary = "Stop asking and answering a peer",
                       .description = "It keeps its tokens, for reactivate.",
                       .errors = {404, 409, 412}}));
  table.push_back(row(http::Method::post, "/api/v1/admin/federation/peers/{peer_id}/reactivate",
                      "reactivatePeer", http::endpoint(this, &PeerRoutes::reactivate),
                      {.summary = "Ask and answer a peer again", .errors = {404, 409, 412}}));
}

Task<http::Reply<PeerWithToken>> PeerRoutes::add(const http::Request& request,
                                                 http::Json<PeerRequest> body) {
  auto task = service_.add(std::move(body.value), actor_of(request));
  auto answer = reply(co_await std::move(task));
  if (!answer) co_return Failure(std::move(answer.error()));
  answer->status = 201;
  answer->headers.push_back({"Location", std::string(kPeers) + "/" + answer->value.id.to_string()});
  co_return std::move(*answer);
}

Task<http::Reply<PeerPage>> PeerRoutes::list(const http::Request&,
                                             http::Query<PeerListQuery> query) {
  const auto& value = query.value;
  auto task = service_.list({.status = value.status, .proposed_by = {}},
                            {.skip = value.skip, .limit = value.limit});
  auto page = co_await std::move(task);
  if (!page) co_return Failure(std::move(page.error()));
  co_return http::Reply<PeerPage>{.value = std::move(*page)};
}

Task<http::Reply<PeerPage>> PeerRoutes::list_pending(const http::Request&,
                                                     http::Query<PeerPaging> query) {
  auto task =
      service_.list({.status = PeerStatus::pending_approval, .proposed_by = {}}, query.value);
  auto page = co_await std::move(task);
  if (!page) co_return Failure(std::move(page.error()));
  co_return http::Reply<PeerPage>{.value = std::move(*page)};
}

Task<http::Reply<Peer>> PeerRoutes::get(const http::Request& request) {
  const auto id = peer_id_of(request);
  if (!id) co_return Failure(id.error());
  auto task = service_.find(*id);
  co_return reply(co_await std::move(task));
}

Task<http::Reply<Peer>> PeerRoutes::update(const http::Request& request,
                                           http::Json<PeerChange> body) {
  const auto id = peer_id_of(request);
  if (!id) co_return Failure(id.error());
  auto task = service_.update(*id, std::move(body.value), if_match_of(request), actor_of(request));
  co_return reply(co_await std::move(task));
}

Task<http::NoContent> PeerRoutes::remove(const http::Request& request) {
  const auto id = peer_id_of(request);
  if (!id) co_return Failure(id.error());
  auto task = service_.remove(*id, if_match_of(request), actor_of(request));
  const auto removed = co_await std::move(task);
  if (!removed) co_return Failure(removed.error());
  co_return http::NoContent{};
}

Task<http::Reply<PeerWithToken>> PeerRoutes::act(const http::Request& request, PeerAction action,
                                                 EnteredTokens tokens) {
  const auto id = peer_id_of(request);
  if (!id) co_return Failure(id.error());
  auto task = service_.act(*id, action, std::move(tokens), if_match_of(request), actor_of(request));
  co_return reply(co_await std::move(task));
}

Task<http::Reply<PeerWithToken>> PeerRoutes::approve(const http::Request& request,
                                                     http::OptionalJson<EnteredTokens> body) {
  return act(request, PeerAction::approve, std::move(body.value));
}

Task<http::Reply<PeerWithToken>> PeerRoutes::reject(const http::Request& request) {
  return act(request, PeerAction::reject, {});
}

Task<http::Reply<PeerWithToken>> PeerRoutes::deactivate(const http::Request& request) {
  return act(request, PeerAction::deactivate, {});
}

Task<http::Reply<PeerWithToken>> PeerRoutes::reactivate(const http::Request& request) {
  return act(request, PeerAction::reactivate, {});
}

}  // namespace sovereign::registry
