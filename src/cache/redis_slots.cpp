#include "cache/redis_slots.hpp"

#include <algorithm>
#include <charconv>

namespace sovereign::cache {
namespace {

consteval std::array<std::uint16_t, 256> crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000U) != 0 ? (crc << 1) ^ 0x1021U : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}
constexpr auto kCrcTable = crc_table();

std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes)
    crc = (crc << 8) ^ kCrcTable[((crc >> 8) ^ static_cast<unsigned char>(c)) & 0xffU];
  return static_cast<std::uint16_t>(crc);
}

/// "host:port", where an IPv6 host has no brackets and an empty one means `asked`'s.
std::optional<RedisNode> parse_announced(std::string_view text, std::string_view fallback_host) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  RedisNode node{.host = std::string(text.substr(0, colon))};
  const auto port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), node.port);
  if (error != std::errc{} || end != port.data() + port.size() || node.port == 0)
    return std::nullopt;
  if (node.host.empty()) node.host = fallback_host;
  return node;
}

/// One row of CLUSTER SLOTS: first slot, last slot, [host, port, ...] of the master, of replicas.
struct SlotRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  RedisNode master;
};

std::optional<SlotRange> read_range(const Reply& row, const RedisNode& asked) {
  if (row.items.size() < 3) return std::nullopt;
  const auto& [first, last, master] =
      std::tie(row.items[0].integer, row.items[1].integer, row.items[2].items);
  if (first < 0 || last < first || last >= kSlots || master.size() < 2) return std::nullopt;
  const auto port = master[1].integer;
  if (port <= 0 || port > 0xffff) return std::nullopt;
  const bool is_same_host =
      master[0].kind != Reply::Kind::text || master[0].text.empty() || master[0].text == "?";
  return SlotRange{.first = static_cast<std::uint16_t>(first),
                   .last = static_cast<std::uint16_t>(last),
                   .master = {.host = is_same_host ? asked.host : master[0].text,
                              .port = static_cast<std::uint16_t>(port)}};
}

}  // namespace

std::uint16_t slot_of(std::string_view key) {
  if (const auto open = key.find('{'); open != key.npos) {
    const auto close = key.find('}', open + 1);
    if (close != key.npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % kSlots;
}

std::optional<Redirection> redirection_of(const Reply& reply) {
  const auto code = reply.error_code();
  if (code != "MOVED" && code != "ASK") return std::nullopt;
  Redirection redirection{.kind =
                              code == "ASK" ? Redirection::Kind::ask : Redirection::Kind::moved};
  auto rest = std::string_view(reply.text).substr(code.size());
  if (rest.empty()) return std::nullopt;
  rest.remove_prefix(1);
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), redirection.slot);
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (error != std::errc{} || redirection.slot >= kSlots || !rest.starts_with(' '))
    return std::nullopt;
  const auto node = parse_announced(rest.substr(1), {});
  if (!node) return std::nullopt;
  redirection.node = *node;
  return redirection;
}

std::optional<SlotMap> SlotMap::read(const Reply& reply, const RedisNode& asked) {
  if (reply.kind != Reply::Kind::array) return std::nullopt;
  SlotMap map;
  for (const auto& row : reply.items) {
    const auto range = read_range(row, asked);
    if (!range) return std::nullopt;
    const auto index = map.index_of(range->master);
    if (index == kNobody) return std::nullopt;
    std::fill(map.owners_.begin() + range->first, map.owners_.begin() + range->last + 1, index);
  }
  return map;
}

const RedisNode* SlotMap::node_of(std::uint16_t slot) const {
  const auto index = owners_[slot % kSlots];
  return index == kNobody ? nullptr : &nodes_[index];
}

void SlotMap::move(std::uint16_t slot, const RedisNode& node) {
  if (const auto index = index_of(node); index != kNobody) owners_[slot % kSlots] = index;
}

std::uint16_t SlotMap::index_of(const RedisNode& node) {
  const auto known = std::ranges::find(nodes_, node);
  if (known == nodes_.end() && nodes_.size() >= kMaxNodes) return kNobody;
  const auto index = static_cast<std::uint16_t>(known - nodes_.begin());
  if (known == nodes_.end()) nodes_.push_back(node);
  return index;
}

}  // namespace sovereign::cache
