// What a peer says of itself and to a query, and the addresses that people enter for peers.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/read.hpp"
#include "registry/federation/contact.hpp"

using namespace sovereign;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto info = json::read_text<registry::FederationInfo>(text)) {
    registry::judge_identity(registry::ActivePeer{}, *info);
  }
  if (registry::judge_query(200, text).detail.empty()) std::abort();
  for (const auto addresses :
       {registry::PeerAddresses::any, registry::PeerAddresses::public_only}) {
    const auto url = registry::normalise_peer_url(text, addresses);
    // One form: what is normal stays as it is.
    if (url && registry::normalise_peer_url(*url, addresses) != url) std::abort();
  }
  return 0;
}
