// Feeds bytes to the reader of server-sent events, whole and byte by byte, which must agree; and
// writes them as an event's data, which must come back as its lines.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/sse.hpp"

namespace http = sovereign::http;

namespace {

bool same(const http::SseParser::Event& a, const http::SseParser::Event& b) {
  return a.id == b.id && a.event == b.event && a.data == b.data;
}

/// Every kind of line end as a line feed.
std::string with_line_feeds(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (is_pair) continue;
    out += text[i] == '\r' ? '\n' : text[i];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = http::SseParser().feed(text);
  http::SseParser slow;
  std::vector<http::SseParser::Event> pieces;
  for (const char& c : text) std::ranges::move(slow.feed({&c, 1}), std::back_inserter(pieces));
  if (!std::ranges::equal(whole, pieces, same)) std::abort();

  std::string written;
  http::append_sse(written, {.id = "1", .event = text, .data = text});
  const auto read = http::SseParser().feed(written);
  if (read.size() != 1 || read[0].data != with_line_feeds(text)) std::abort();
  return 0;
}
