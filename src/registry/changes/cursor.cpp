#include "registry/changes/cursor.hpp"

#include <algorithm>
#include <span>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr char kFormat = 1;
enum class Kind : char { change = 0, snapshot = 1 };
constexpr std::size_t kChangeBytes = 1 + 1 + 8;
constexpr std::size_t kSnapshotBytes = kChangeBytes + 8 + 16;
constexpr std::size_t kCheckBytes = 12;  // 2^96 guesses.

void put(std::string& out, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

std::int64_t get(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (const char c : bytes.substr(at, 8)) value = (value << 8) | static_cast<std::uint8_t>(c);
  return static_cast<std::int64_t>(value);
}

crypto::HmacKey derived_key(std::string_view secret) {
  const auto key = crypto::hmac_sha256(secret, "agentvault.changes.cursor.1");
  return crypto::HmacKey({reinterpret_cast<const char*>(key.data()), key.size()});
}

}  // namespace

ChangeCursors::ChangeCursors(std::string_view secret) : key_(derived_key(secret)) {}

std::string ChangeCursors::encode(const ChangeCursor& cursor) const {
  std::string bytes{kFormat, static_cast<char>(cursor.snapshot ? Kind::snapshot : Kind::change)};
  put(bytes, cursor.position);
  if (cursor.snapshot) {
    put(bytes, cursor.snapshot->created_at.time_since_epoch().count());
    for (const auto byte : cursor.snapshot->agent.uuid.bytes) bytes += static_cast<char>(byte);
  }
  const auto check = key_.sign(bytes);
  bytes.append(check.begin(), check.begin() + kCheckBytes);
  return base::to_base64url(base::as_bytes(bytes));
}

std::optional<ChangeCursor> ChangeCursors::decode(std::string_view text) const {
  const auto decoded = base::from_base64url(text);
  if (!decoded || decoded->size() < kChangeBytes + kCheckBytes) return std::nullopt;
  const std::string_view all(reinterpret_cast<const char*>(decoded->data()), decoded->size());
  const auto bytes = all.substr(0, all.size() - kCheckBytes);
  const auto check = key_.sign(bytes);
  if (!crypto::equal_constant_time(base::as_bytes(all.substr(bytes.size())),
                                   std::span(check).first(kCheckBytes))) {
    return std::nullopt;
  }
  // From here on it is ours, but maybe of another format.
  const auto kind = static_cast<Kind>(bytes[1]);
  const bool is_snapshot = kind == Kind::snapshot;
  if (bytes[0] != kFormat || (kind != Kind::change && !is_snapshot) ||
      bytes.size() != (is_snapshot ? kSnapshotBytes : kChangeBytes)) {
    return std::nullopt;
  }
  ChangeCursor cursor{.position = get(bytes, 2)};
  if (is_snapshot) {
    auto& place = cursor.snapshot.emplace();
    place.created_at = Timestamp{std::chrono::microseconds{get(bytes, kChangeBytes)}};
    std::ranges::copy(base::as_bytes(bytes.substr(kChangeBytes + 8)),
                      place.agent.uuid.bytes.begin());
  }
  return cursor;
}

}  // namespace sovereign::registry
