// Feeds bytes to what reads a peer's answers. Whatever is accepted must be shown as the peer's:
// never more agents than asked for, never under another name, and findable without trouble.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "json/parse.hpp"
#include "registry/agents/record.hpp"
#include "registry/federation/peer_answer.hpp"
#include "registry/federation/peer_capabilities.hpp"

namespace json = sovereign::json;
namespace registry = sovereign::registry;
namespace search = sovereign::search;

namespace {

constexpr std::size_t kMost = 4;
const registry::PeerAnswerContext kContext{
    .peer_name = "Peer",
    .peer_url = "https://peer.example",
    .own_url = "https://own.example",
    .max_items = kMost,
    .now = sovereign::Timestamp{std::chrono::seconds{1'750'000'000}}};

void check_shown(const registry::AgentRecord& record) {
  const auto shown = json::parse(record.json);
  if (!shown || shown->at("origin_registry_name") != "Peer") std::abort();
  if (shown->at("registry_url") != "https://peer.example") std::abort();
  if (shown->at("is_federated") != true || shown->at("status") != "active") std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto counts = registry::read_capabilities(body)) {
    if (counts->size() > registry::PeerCapabilities::kMost) std::abort();
  }
  const auto answer = registry::read_peer_answer(body, kContext);
  if (!answer) return 0;
  if (answer->accepted > kMost || (answer->agents == nullptr) != (answer->accepted == 0)) {
    std::abort();
  }
  if (!answer->agents) return 0;
  const std::vector segments = {answer->agents};
  const search::Snapshot nothing(registry::peer_agents_schema(), {}, 0);
  const auto all = search::overlay(registry::peer_agents_schema(), nothing, segments);
  if (all->size() != answer->accepted) std::abort();
  for (const auto& hit : all->search({}).hits) {
    check_shown(*static_cast<const registry::AgentRecord*>(hit.payload.get()));
  }
  return 0;
}
