#include "core/manifest/units.hpp"

#include <array>
#include <charconv>
#include <span>

namespace sovereign::core {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

/// Digits and, directly behind them, exactly one of `units`.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  for (const auto& unit : units) {
    if (unit.name != text) continue;
    std::uint64_t value = 0;
    if (__builtin_mul_overflow(number, unit.factor, &value)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

constexpr auto kCores = std::to_array<Unit>({{"m", 1}, {"", 1000}});
constexpr auto kBytes = std::to_array<Unit>(
    {{"", 1}, {"Ki", 1ULL << 10}, {"Mi", 1ULL << 20}, {"Gi", 1ULL << 30}, {"Ti", 1ULL << 40}});
constexpr auto kBandwidth =
    std::to_array<Unit>({{"Kbps", 1'000}, {"Mbps", 1'000'000}, {"Gbps", 1'000'000'000}});
constexpr auto kDurations =
    std::to_array<Unit>({{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}});
constexpr auto kPeriods = std::to_array<Unit>({{"second", 1}, {"minute", 60}, {"hour", 3600}});

}  // namespace

std::optional<std::uint64_t> parse_millicores(std::string_view text) {
  return parse_with_unit(text, kCores);
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  return parse_with_unit(text, kBytes);
}

std::optional<std::uint64_t> parse_bandwidth(std::string_view text) {
  return parse_with_unit(text, kBandwidth);
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  return parse_with_unit(text, kDurations);
}

std::optional<Rate> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  constexpr auto kPlain = std::to_array<Unit>({{"", 1}});
  const auto count = parse_with_unit(text.substr(0, slash), kPlain);
  if (!count || *count == 0) return std::nullopt;
  for (const auto& period : kPeriods) {
    if (period.name != text.substr(slash + 1)) continue;
    return Rate{*count, std::chrono::seconds(static_cast<std::int64_t>(period.factor))};
  }
  return std::nullopt;
}

}  // namespace sovereign::core
