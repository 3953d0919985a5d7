// POST /internal/federation/query: what peers ask us. Answers from our own agents only, so that a
// question never goes round.
#pragma once

#include "async/task.hpp"
#include "http/endpoint.hpp"
#include "http/rate_limit.hpp"
#include "registry/discovery/service.hpp"
#include "registry/federation/peer_query.hpp"
#include "registry/federation/peers.hpp"
#include "registry/federation/tables.hpp"
#include "registry/federation/types.hpp"

namespace sovereign::registry {

/// An agent of the answer: the usual members, and two that older programs look for.
struct PeerQueryItem : AgentView {
  bool is_active = true;
};

struct PeerQueryAnswer {
  std::vector<PeerQueryItem> items;
  PeerPagination pagination;
};

class PeerQueryRoutes {
 public:
  /// All must outlive the table.
  PeerQueryRoutes(const DiscoveryService& discovery, const Peers& peers, http::RateLimiter& limiter)
      : discovery_(discovery), peers_(peers), limiter_(limiter) {}

  void add_to(http::RouteTable& routes);

  Task<http::Prepared<PeerQueryAnswer>> query(const http::Request& request,
                                              http::OptionalJson<PeerQuery> body);

 private:
  const DiscoveryService& discovery_;
  const Peers& peers_;
  http::RateLimiter& limiter_;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::PeerQueryItem> {
  using T = sovereign::registry::PeerQueryItem;
  static constexpr std::string_view name = "FederationQueryItem";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple_cat(inherited_fields<T, sovereign::registry::AgentView>(),
                     std::tuple{field("is_active", &T::is_active)});
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerQueryAnswer> {
  using T = sovereign::registry::PeerQueryAnswer;
  static constexpr std::string_view name = "FederationQueryAnswer";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("items", &T::items, {.description = "Without card."}),
                 field("pagination", &T::pagination)};
};
