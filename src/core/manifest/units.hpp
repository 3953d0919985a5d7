// The amounts that manifests declare, as texts with units. nullopt for anything else, and for what
// does not fit into 64 bits.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sovereign::core {

/// "250m" or whole cores: "2".
std::optional<std::uint64_t> parse_millicores(std::string_view text);
/// "64Mi", "1Gi", "512Ki", or plain bytes: "1048576".
std::optional<std::uint64_t> parse_bytes(std::string_view text);
/// Bits a second: "5Mbps", "1Gbps", "64Kbps".
std::optional<std::uint64_t> parse_bandwidth(std::string_view text);
/// Milliseconds: "500ms", "15s", "2m", "1h".
std::optional<std::uint64_t> parse_duration(std::string_view text);

struct Rate {
  std::uint64_t count = 0;
  std::chrono::seconds period{60};
  bool operator==(const Rate&) const = default;
};
/// "5/second", "100/minute", "1000/hour".
std::optional<Rate> parse_rate(std::string_view text);

}  // namespace sovereign::core
