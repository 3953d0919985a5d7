// /api/v1/agent-cards and validate-card: the agents of the catalog, as existing clients know them.
#pragma once

#include "http/authenticator.hpp"
#include "http/endpoint.hpp"
#include "registry/compat/card_service.hpp"
#include "registry/discovery/service.hpp"

namespace sovereign::registry {

inline constexpr std::string_view kCompatibilityTag = "Compatibility";

class CardRoutes {
 public:
  /// All must outlive the table.
  CardRoutes(CardService& cards, const DiscoveryService& discovery,
             http::Authenticator& authenticator)
      : cards_(cards), discovery_(discovery), authenticator_(authenticator) {}

  void add_to(http::RouteTable& table);

 private:
  void add_reads(http::RouteTable& table);
  void add_writes(http::RouteTable& table);

  Task<http::Prepared<CardPage>> list(const http::Request& request,
                                      http::Query<CardListQuery> query);
  Task<http::Reply<CardView>> get(const http::Request& request);
  Task<http::Reply<CardView>> get_by_hri(const http::Request& request,
                                         http::Query<CardHriQuery> query);
  Task<http::Reply<CardView>> get_by_path(const http::Request& request);
  Task<http::Reply<CardView>> create(const http::Request& request, http::Json<CardCreation> body);
  Task<http::Reply<CardView>> update(const http::Request& request, http::Json<CardUpdate> body);
  Task<http::NoContent> remove(const http::Request& request);
  Result<http::Reply<CardVerdict>> validate(const http::Request& request,
                                            http::Json<CardToValidate> body);

  /// Whose list it is; who shows credentials that are no good is nobody, as clients count on.
  boost::asio::awaitable<Viewer> viewer(const http::Request& request);
  Task<http::Reply<CardView>> find_readable(std::string_view id);
  Task<http::Reply<CardView>> answer(SharedRecord record);

  CardService& cards_;
  const DiscoveryService& discovery_;
  http::Authenticator& authenticator_;
};

/// A card's id in any of the spellings of a UUID: with or without hyphens, in braces, as a URN.
/// Error: `unprocessable`.
Result<AgentId> card_id_of(std::string_view text);

}  // namespace sovereign::registry
