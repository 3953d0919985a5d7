#include "registry/federation/types.hpp"

#include <fmt/format.h>

namespace sovereign::registry {

PeerPagination pagination_of(std::int64_t total, const PeerPaging& paging) {
  return {.total_items = total,
          .limit = paging.limit,
          .offset = paging.skip,
          .total_pages = (total + paging.limit - 1) / paging.limit,
          .current_page = paging.skip / paging.limit + 1};
}

PublicPeer public_view(const Peer& peer) {
  return {.id = peer.id,
          .name = peer.name,
          .description = peer.description,
          .registry_url = peer.registry_url,
          .status = peer.status,
          .created_at = peer.created_at,
          .approved_at = peer.approved_at};
}

std::string etag_of(const Peer& peer) { return fmt::format("\"peer-{}\"", peer.version); }

}  // namespace sovereign::registry
