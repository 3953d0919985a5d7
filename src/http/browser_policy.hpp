// What keeps web pages of others away from a server on loopback: which names it answers to (DNS
// rebinding), which pages may call it (cross-site requests), and what its own pages may do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace sovereign::http {

struct BrowserPolicy {
  /// Lower-case names accepted in Host together with the port that the request came to: of
  /// "localhost", "localhost:6767" is accepted on port 6767.
  std::vector<std::string> host_names = {"127.0.0.1", "localhost", "[::1]"};
  /// Further exact values of Host, as of a proxy in front.
  std::vector<std::string> hosts;
  /// Content-Security-Policy of answers that do not bring their own.
  std::string content_security_policy = "default-src 'none'; frame-ancestors 'none'";
};

enum class Denial {
  host,    ///< Host names another server.
  origin,  ///< Sent by a page of another origin.
};

/// "host", "origin".
std::string_view to_string(Denial denial);

/// Told of each request that the policy refuses; must not block. Loops' threads.
class DenialObserver {
 public:
  virtual ~DenialObserver() = default;
  virtual void denied(const Request& request, Denial denial) = 0;
};

/// Whether a request asks for an answer that stays open.
enum class AnswerLength { bounded, streamed };

/// Why the request is refused, or nullopt. Requests over the Unix-domain socket pass: no browser
/// speaks through one. Else Host must be ours; and what a browser marks as sent by a page of
/// another origin, by Origin or Sec-Fetch-Site, passes only as a plain navigation (a link that is
/// followed) with GET to an answer that is not streamed.
std::optional<Denial> check(const BrowserPolicy& policy, const Request& request,
                            AnswerLength answer);

/// Adds CSP, X-Frame-Options, Referrer-Policy, Cross-Origin-Opener-Policy and
/// Cross-Origin-Resource-Policy.
void add_security_headers(const BrowserPolicy& policy, Response& response);

}  // namespace sovereign::http
