// Cursors: where a page ended, as an opaque word that only fits the query it came from. base64url
// of
//   1 byte format (1) | 1 byte kind of position (0 rank, 1 number, 2 name) | 8 bytes digest of the
//   query | 4 bytes page | 16 bytes key | 8 bytes rank or number, or the name's bytes
// with integers in big-endian order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "search/query.hpp"

namespace sovereign::registry {

struct Cursor {
  std::uint64_t query_digest = 0;  ///< Of all that decides which agents come in which order.
  std::uint32_t page = 1;          ///< The page that starts here.
  search::Position position;

  bool operator==(const Cursor&) const = default;
};

std::string encode_cursor(const Cursor& cursor);

/// Nothing when `text` is not what encode_cursor() writes. Numbers are never NaN.
std::optional<Cursor> decode_cursor(std::string_view text);

}  // namespace sovereign::registry
