// Peers over HTTP, for administrators.
#pragma once

#include "http/endpoint.hpp"
#include "registry/federation/service.hpp"
#include "registry/federation/tables.hpp"

namespace sovereign::registry {

class PeerRoutes {
 public:
  explicit PeerRoutes(PeerService& service) : service_(service) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<PeerWithToken>> add(const http::Request& request, http::Json<PeerRequest> body);
  Task<http::Reply<PeerPage>> list(const http::Request& request, http::Query<PeerListQuery> query);
  Task<http::Reply<PeerPage>> list_pending(const http::Request& request,
                                           http::Query<PeerPaging> query);
  Task<http::Reply<Peer>> get(const http::Request& request);
  Task<http::Reply<Peer>> update(const http::Request& request, http::Json<PeerChange> body);
  Task<http::NoContent> remove(const http::Request& request);
  Task<http::Reply<PeerWithToken>> approve(const http::Request& request,
                                           http::OptionalJson<EnteredTokens> body);
  Task<http::Reply<PeerWithToken>> reject(const http::Request& request);
  Task<http::Reply<PeerWithToken>> deactivate(const http::Request& request);
  Task<http::Reply<PeerWithToken>> reactivate(const http::Request& request);

  Task<http::Reply<PeerWithToken>> act(const http::Request& request, PeerAction action,
                                       EnteredTokens tokens);
  void add_lists(http::RouteTable& table);
  void add_changes(http::RouteTable& table);
  void add_actions(http::RouteTable& table);

  PeerService& service_;
};

/// The peer's id of a path's only parameter. Error: not_found.
Result<PeerId> peer_id_of(const http::Request& request);

}  // namespace sovereign::registry
