#include "registry/federation/peer_capabilities.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "json/parse.hpp"
#include "registry/agents/field_rules.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kPath = "/api/v1/discovery/capabilities?per_page=100";
constexpr std::size_t kMaxAnswer = std::size_t{256} << 10U;
constexpr std::size_t kMaxName = 100;  // Characters, as of registrations.
constexpr std::int64_t kMostAgents = 1'000'000'000;
constexpr int kOk = 200;

std::optional<std::pair<std::string, std::uint64_t>> read_item(const json::Value& item) {
  if (!item.is_object()) return std::nullopt;
  const auto* name = item.get_object().if_contains("name");
  const auto* local = item.get_object().if_contains("local");
  if (name == nullptr || local == nullptr || !name->is_string() || !local->is_int64()) {
    return std::nullopt;
  }
  const std::string_view text = name->get_string();
  const bool is_name = is_plain_text(text) && base::count_code_points(text) <= kMaxName;
  const auto count = local->get_int64();
  if (!is_name || count < 1 || count > kMostAgents) return std::nullopt;
  return std::pair(std::string(text), static_cast<std::uint64_t>(count));
}

}  // namespace

Result<CapabilityCounts> read_capabilities(std::string_view body) {
  const auto document = json::parse(body);
  const json::Value* items = nullptr;
  if (document && document->is_object()) items = document->get_object().if_contains("capabilities");
  if (items == nullptr || !items->is_array()) {
    return base::fail(ErrorCode::unprocessable, "The peer's answer is no list of capabilities.");
  }
  CapabilityCounts counts;
  for (const auto& item : items->get_array()) {
    if (counts.size() == PeerCapabilities::kMost) break;
    if (auto read = read_item(item)) counts.insert(std::move(*read));
  }
  return counts;
}

http::ClientRequest PeerCapabilities::request_to(const ActivePeer& peer) const {
  http::ClientRequest request{.url = peer.url + std::string(kPath),
                              .timeout = options_.deadline,
                              .connect_timeout = options_.deadline,
                              .max_body = kMaxAnswer,
                              .pinned_key = peer.tls_pin.value_or(std::string()),
                              .ca_file = options_.ca_file};
  request.allow_private_addresses = options_.addresses == PeerAddresses::any;
  return request;
}

Task<void> PeerCapabilities::refresh() {
  const auto active = peers_.active();
  std::map<PeerId, CapabilityCounts> by_peer;
  for (const auto& peer : *active) {
    if (peer.mode != PeerMode::query) continue;
    auto task = client_.request(request_to(peer));
    const auto response = co_await std::move(task);
    if (response && response->status == kOk) {
      if (auto counts = read_capabilities(response->body)) {
        by_peer.emplace(peer.id, std::move(*counts));
        continue;
      }
    }
    const std::lock_guard lock(mutex_);
    if (const auto before = by_peer_.find(peer.id); before != by_peer_.end()) {
      by_peer.insert(*before);
    }
  }
  keep(std::move(by_peer));
  co_return Result<void>{};
}

void PeerCapabilities::keep(std::map<PeerId, CapabilityCounts> by_peer) {
  auto total = std::make_shared<CapabilityCounts>();
  for (const auto& [peer, counts] : by_peer) {
    for (const auto& [name, count] : counts) (*total)[name] += count;
  }
  const std::lock_guard lock(mutex_);
  by_peer_ = std::move(by_peer);
  counts_ = std::move(total);
}

std::shared_ptr<const CapabilityCounts> PeerCapabilities::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace sovereign::registry
