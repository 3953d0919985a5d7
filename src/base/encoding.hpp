// Text encodings without policy: UTF-8 checks, hex, base64url (RFC 4648), percent-encoding
// (RFC 3986).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::base {

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms, up to U+10FFFF).
bool is_utf8(std::string_view text);

/// How many code points well-formed UTF-8 holds; length limits of fields count these.
std::size_t count_code_points(std::string_view utf8);

/// ASCII letters to lower case, all else as it is.
std::string to_lower_ascii(std::string_view text);

/// `text` without leading and trailing spaces, tabs, CR and LF.
std::string_view trim_ascii(std::string_view text);

/// Lower case.
std::string to_hex(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

/// Without padding.
std::string to_base64url(std::span<const std::uint8_t> bytes);
/// Strict: no padding, no foreign characters, unused bits zero; nullopt otherwise.
std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text);

/// Decodes %XX; nullopt on a bad escape. '+' is a space only in form encoding.
enum class PlusSign { literal, space };
std::optional<std::string> percent_decode(std::string_view text, PlusSign plus = PlusSign::literal);
/// Encodes all but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

}  // namespace sovereign::base
