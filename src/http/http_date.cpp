#include "http/http_date.hpp"

#include <fmt/format.h>

namespace sovereign::http {

std::array<char, 29> format_http_date(std::time_t seconds) {
  // Not strftime: its names follow the locale.
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 29> text{};
  fmt::format_to_n(text.data(), text.size(), "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                   kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                   kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                   parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text;
}

std::string_view DateCache::now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME_COARSE, &time);
  if (time.tv_sec != second_) {
    second_ = time.tv_sec;
    text_ = format_http_date(second_);
  }
  return {text_.data(), text_.size()};
}

}  // namespace sovereign::http
