#include "registry/federation/peer_query.hpp"

namespace sovereign::registry {

PeerQuery peer_query_of(const SearchRequest& search, std::int64_t limit) {
  return {.search = search.q ? search.q : search.query,
          .tags = search.tags,
          .capabilities = search.capabilities,
          .limit = limit,
          .match = search.match,
          .agent_type = search.agent_type,
          .developer = search.developer,
          .verified = search.verified,
          .price_max = search.price_max,
          .sort = search.sort,
          .order = search.order,
          .filters = search.filters};
}

SearchRequest search_of(const PeerQuery& query) {
  SearchRequest search;
  search.q = query.search;
  search.tags = query.tags;
  search.capabilities = query.capabilities;
  search.match = query.match;
  search.agent_type = query.agent_type;
  search.developer = query.developer;
  search.verified = query.verified;
  search.price_max = query.price_max;
  search.sort = query.sort;
  search.order = query.order;
  search.filters = query.filters;
  return search;
}

}  // namespace sovereign::registry
