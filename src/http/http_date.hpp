// The Date header's text, formatted once a second.
#pragma once

#include <array>
#include <ctime>
#include <string_view>

namespace sovereign::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate of RFC 9110): always 29 bytes.
std::array<char, 29> format_http_date(std::time_t seconds);

/// Not thread-safe: one a loop.
class DateCache {
 public:
  /// Now; valid until the next call.
  std::string_view now();

 private:
  std::time_t second_ = -1;
  std::array<char, 29> text_{};
};

}  // namespace sovereign::http
