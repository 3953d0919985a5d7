// UUIDs (RFC 9562) and typed ids: an AgentId is never passed where a UserId is wanted.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace sovereign::base {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  /// Version 4: 122 random bits.
  static Uuid generate(Random& random);
  /// Version 7: `milliseconds` since 1970, then 74 random bits. Such keys go to the end of an
  /// index.
  static Uuid generate_ordered(Random& random, std::int64_t milliseconds);
  /// Accepts only the 36-character hyphenated form, in either case.
  static std::optional<Uuid> parse(std::string_view text);
  /// 36 characters, lower case.
  std::string to_string() const;

  auto operator<=>(const Uuid&) const = default;
};

/// A UUID that names one kind of thing. `Tag` is an incomplete type:
/// `using AgentId = Id<struct AgentTag>`.
template <typename Tag>
struct Id {
  Uuid uuid;

  static Id generate(Random& random) { return {Uuid::generate(random)}; }
  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    return uuid ? std::optional<Id>(Id{*uuid}) : std::nullopt;
  }
  std::string to_string() const { return uuid.to_string(); }

  auto operator<=>(const Id&) const = default;
};

}  // namespace sovereign::base

template <>
struct std::hash<sovereign::base::Uuid> {
  std::size_t operator()(const sovereign::base::Uuid& uuid) const noexcept {
    // Version 4 bytes are random already; the last eight hold 62 random bits.
    std::size_t value;
    std::memcpy(&value, uuid.bytes.data() + 8, sizeof value);
    return value;
  }
};

template <typename Tag>
struct std::hash<sovereign::base::Id<Tag>> {
  std::size_t operator()(const sovereign::base::Id<Tag>& id) const noexcept {
    return std::hash<sovereign::base::Uuid>{}(id.uuid);
  }
};

namespace sovereign {
using base::Uuid;
}  // namespace sovereign
