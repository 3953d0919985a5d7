#include "registry/discovery/cursor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kHeader = 1 + 1 + 8 + 4 + 16;
enum class Kind : std::uint8_t { rank, number, name };

template <typename Integer>
void put(std::vector<std::uint8_t>& out, Integer value) {
  for (int shift = (static_cast<int>(sizeof value) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

template <typename Integer>
Integer get(std::span<const std::uint8_t> bytes, std::size_t at) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof value; ++i) {
    value = static_cast<Integer>((value << 8) | bytes[at + i]);
  }
  return value;
}

std::optional<search::Position> position_of(Kind kind, std::span<const std::uint8_t> bytes) {
  search::Position position;
  if (kind == Kind::name) {
    position.at = std::string(bytes.begin(), bytes.end());
    return position;
  }
  if (bytes.size() != 8) return std::nullopt;
  const auto value = get<std::uint64_t>(bytes, 0);
  if (kind == Kind::rank) {
    position.at = search::Rank{value};
    return position;
  }
  const auto number = std::bit_cast<double>(value);
  if (std::isnan(number)) return std::nullopt;
  position.at = number;
  return position;
}

}  // namespace

std::string encode_cursor(const Cursor& cursor) {
  std::vector<std::uint8_t> bytes{kFormat, static_cast<std::uint8_t>(cursor.position.at.index())};
  put(bytes, cursor.query_digest);
  put(bytes, cursor.page);
  bytes.insert(bytes.end(), cursor.position.key.bytes.begin(), cursor.position.key.bytes.end());
  if (const auto* rank = std::get_if<search::Rank>(&cursor.position.at)) {
    put(bytes, rank->value);
  } else if (const auto* number = std::get_if<double>(&cursor.position.at)) {
    put(bytes, std::bit_cast<std::uint64_t>(*number));
  } else {
    const auto& name = std::get<std::string>(cursor.position.at);
    bytes.insert(bytes.end(), name.begin(), name.end());
  }
  return base::to_base64url(bytes);
}

std::optional<Cursor> decode_cursor(std::string_view text) {
  const auto bytes = base::from_base64url(text);
  if (!bytes || bytes->size() < kHeader || (*bytes)[0] != kFormat ||
      (*bytes)[1] > static_cast<std::uint8_t>(Kind::name)) {
    return std::nullopt;
  }
  Cursor cursor{.query_digest = get<std::uint64_t>(*bytes, 2),
                .page = get<std::uint32_t>(*bytes, 10),
                .position = {}};
  auto position = position_of(static_cast<Kind>((*bytes)[1]), std::span(*bytes).subspan(kHeader));
  if (!position || cursor.page == 0) return std::nullopt;
  cursor.position = std::move(*position);
  std::copy_n(bytes->begin() + 14, 16, cursor.position.key.bytes.begin());
  return cursor;
}

}  // namespace sovereign::registry
