#include "http/browser_policy.hpp"

#include <algorithm>
#include <string>

#include "base/encoding.hpp"

namespace sovereign::http {
namespace {

constexpr std::string_view kCsp = "Content-Security-Policy";

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_our_host(const BrowserPolicy& policy, std::string_view host, std::uint16_t port) {
  if (contains(policy.hosts, host)) return true;
  const auto suffix = ":" + std::to_string(port);
  return std::ranges::any_of(policy.host_names, [&](std::string_view name) {
    if (!host.starts_with(name)) return false;
    const auto rest = host.substr(name.size());
    return rest == suffix || (rest.empty() && port == 80);
  });
}

/// Origins are compared with the host that the page itself was loaded from, which is in Host.
bool is_same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme) && origin.substr(scheme.size()) == host) return true;
  }
  return false;
}

/// A link that was followed, or an address that was typed: a new page, in no frame.
bool is_navigation(const Request& request) {
  const bool is_read = request.method == Method::get || request.method == Method::head;
  return is_read && request.header("Sec-Fetch-Mode") == "navigate" &&
         request.header("Sec-Fetch-Dest") == "document";
}

}  // namespace

std::string_view to_string(Denial denial) { return denial == Denial::host ? "host" : "origin"; }

std::optional<Denial> check(const BrowserPolicy& policy, const Request& request,
                            AnswerLength answer) {
  if (request.peer) return std::nullopt;
  const auto host = base::to_lower_ascii(request.header("Host"));
  if (!is_our_host(policy, host, request.local_port)) return Denial::host;
  if (request.has_header("Origin") && !is_same_origin(request.header("Origin"), host)) {
    return Denial::origin;
  }
  const auto site = request.header("Sec-Fetch-Site");
  if (site.empty() || site == "same-origin" || site == "none") return std::nullopt;
  const bool may_pass = answer == AnswerLength::bounded && is_navigation(request);
  return may_pass ? std::nullopt : std::optional(Denial::origin);
}

void add_security_headers(const BrowserPolicy& policy, Response& response) {
  const bool has_own = std::ranges::any_of(
      response.headers, [](const ResponseHeader& header) { return header.name == kCsp; });
  if (!has_own && !policy.content_security_policy.empty()) {
    response.headers.push_back({kCsp, policy.content_security_policy});
  }
  response.headers.push_back({"X-Frame-Options", "DENY"});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  response.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
}

}  // namespace sovereign::http
