// Feeds three lines to what guards a server on loopback: a Host, an Origin and a Cookie header.
// Whatever passes must name the server exactly, and a cookie's value can never hold a separator.
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "http/browser_policy.hpp"
#include "http/cookie.hpp"

namespace http = sovereign::http;

namespace {

constexpr std::uint16_t kPort = 6767;

std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::BrowserPolicy policy;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<http::Header> headers = {{"Host", next_line(text)},
                                             {"Origin", next_line(text)}};
  const http::Request request{
      .method = http::Method::post, .headers = headers, .local_port = kPort};
  if (!http::check(policy, request, http::AnswerLength::bounded)) {
    const auto host = sovereign::base::to_lower_ascii(headers[0].value);
    const bool is_ours =
        host == "localhost:6767" || host == "127.0.0.1:6767" || host == "[::1]:6767";
    const bool is_same =
        headers[1].value == "http://" + host || headers[1].value == "https://" + host;
    if (!is_ours || !is_same) std::abort();
  }
  const auto cookie = http::find_cookie(text, "session");
  if (cookie && cookie->find_first_of("; ,\"\\\r\n\t") != cookie->npos) std::abort();
  return 0;
}
