// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), prepared once so that a short message costs a
// fraction of a microsecond.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::crypto {

using Digest256 = std::array<std::uint8_t, 32>;

/// Any thread; keeps one context a thread.
Digest256 sha256(std::string_view message);

/// A key ready to authenticate messages. Safe to use from several threads at once: each thread
/// works on a copy of its own, kept until the thread has used several other keys or ends.
class HmacKey {
 public:
  /// `key` may have any length; it is not kept beyond OpenSSL's own state, which wipes itself.
  explicit HmacKey(std::string_view key);
  ~HmacKey();
  HmacKey(HmacKey&&) noexcept;
  HmacKey& operator=(HmacKey&&) noexcept;

  Digest256 sign(std::string_view message) const;

 private:
  struct State;
  std::unique_ptr<const State> state_;
};

/// For a key that is used once.
Digest256 hmac_sha256(std::string_view key, std::string_view message);

/// Equality in a time that depends on the lengths only.
bool equal_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);
bool equal_constant_time(std::string_view a, std::string_view b);

/// Overwrites a secret in a way the compiler may not leave out, then empties it.
void wipe(std::string& secret);
void wipe(std::vector<std::uint8_t>& secret);

}  // namespace sovereign::crypto
