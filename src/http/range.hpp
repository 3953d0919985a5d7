// Range requests for bytes (RFC 9110 section 14): one range; what asks for several, or in another
// unit, gets the whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/request.hpp"

namespace sovereign::http {

struct RangeChoice {
  enum class Kind : std::uint8_t { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  std::uint64_t first = 0;
  std::uint64_t size = 0;  ///< Of the part.
  bool operator==(const RangeChoice&) const = default;
};

/// What the value of a Range header asks of `size` bytes.
RangeChoice choose_range(std::string_view header, std::uint64_t size);

/// The same for a request: none unless it is a GET, and If-Range, when there, names `etag`.
RangeChoice choose_range(const Request& request, std::string_view etag, std::uint64_t size);

/// "bytes 0-99/1234", or "bytes */1234" when unsatisfiable.
std::string content_range(const RangeChoice& choice, std::uint64_t size);

}  // namespace sovereign::http
