#include "http/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>

#include "base/encoding.hpp"
#include "http/etag.hpp"
#include "http/guarded_stream.hpp"
#include "http/problem.hpp"
#include "http/sse.hpp"

namespace sovereign::http {
namespace {

constexpr std::string_view kCorsHeaders =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Api-Key, "
    "X-Request-Id";
constexpr std::string_view kCorsExposed =
    "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";

/// Hexadecimal digits, unique enough to find a request in the log, and as many as a std::string
/// holds without allocating.
constexpr std::size_t kRequestIdDigits = 15;

std::string make_request_id() {
  static const std::uint64_t start =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  static std::atomic<std::uint64_t> count = 0;
  // SplitMix64's finaliser: neighbours look unrelated.
  std::uint64_t x = start + count.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  x ^= x >> 31;
  std::string id(kRequestIdDigits, '0');
  for (std::size_t i = kRequestIdDigits; i-- > 0; x >>= 4) id[i] = "0123456789abcdef"[x & 0x0f];
  return id;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::optional<Error> access_problem(const Route& route, const Request& request,
                                    const Error& sign_in) {
  if (route.access == Access::anonymous || route.access == Access::optional) return std::nullopt;
  const auto& principal = request.principal;
  if (!principal) return sign_in;
  const bool is_agent = principal->kind == PrincipalKind::agent;
  if (is_agent != (route.access == Access::agent)) {
    return Error{.code = ErrorCode::forbidden,
                 .detail = is_agent ? "This is for accounts; the token is an agent's."
                                    : "This is for agents, with a token of their own."};
  }
  if (principal->kind == PrincipalKind::api_key) {
    const Scope needed = route.access == Access::admin ? Scope::admin : route.scope;
    if (!principal->may(needed)) {
      return Error{.code = ErrorCode::forbidden,
                   .detail = "This API key does not have the scope for that."};
    }
  }
  if (route.access == Access::admin && !principal->is_admin) {
    return Error{.code = ErrorCode::forbidden, .detail = "This is for administrators."};
  }
  return std::nullopt;
}

/// Whom the rate limit counts: the account when signed in, else the address.
std::string limit_key(const Request& request) {
  if (request.principal) return "account:" + request.principal->subject.to_string();
  return "address:" + address_key(request.client_address);
}

void add_rate_headers(Response& response, std::string_view policy, const RateDecision& decision) {
  response.headers.push_back(
      {"RateLimit-Policy", fmt::format("\"{}\";q={};w={}", policy, decision.policy.requests,
                                       decision.policy.window.count())});
  response.headers.push_back(
      {"RateLimit",
       fmt::format("\"{}\";r={};t={}", policy, decision.remaining, decision.reset.count())});
}

bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e; });
}

IdempotentRequest idempotent_request(const Route& route, const Request& request) {
  return {.key = std::string(request.header("Idempotency-Key")),
          .caller = request.principal ? request.principal->subject.to_string() : "anonymous",
          .operation = std::string(route.operation),
          .body = std::string(request.body)};
}

Response replay(StoredAnswer answer) {
  Response response{
      .status = answer.status, .body = std::move(answer.body), .etag = std::move(answer.etag)};
  if (!answer.location.empty())
    response.headers.push_back({"Location", std::move(answer.location)});
  response.headers.push_back({"Idempotency-Replayed", "true"});
  return response;
}

std::optional<StoredAnswer> answer_to_keep(const Response& response) {
  // A refusal changed nothing and may be tried again; so may what only makes a file.
  if (response.status >= 300 || response.content_type != kJson || response.stream != nullptr) {
    return std::nullopt;
  }
  StoredAnswer answer{
      .status = response.status, .body = std::string(response.body.view()), .etag = response.etag};
  for (const auto& header : response.headers) {
    if (header.name == "Location") answer.location = header.value;
  }
  return answer;
}

}  // namespace

std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<std::string>& trusted_proxies) {
  const auto is_trusted = [&](std::string_view address) {
    return std::ranges::find(trusted_proxies, address) != trusted_proxies.end();
  };
  std::string_view client = peer;
  while (is_trusted(client) && !forwarded_for.empty()) {
    const auto comma = forwarded_for.rfind(',');
    client = base::trim_ascii(forwarded_for.substr(comma == forwarded_for.npos ? 0 : comma + 1));
    forwarded_for =
        comma == forwarded_for.npos ? std::string_view{} : forwarded_for.substr(0, comma);
  }
  // What is not an address shape would only blow up keys and logs.
  const bool plausible = !client.empty() && client.size() <= 45 &&
                         client.find_first_not_of("0123456789abcdefABCDEF.:") == client.npos;
  return std::string(plausible ? client : peer);
}

Pipeline::Pipeline(PipelineOptions options, Router router, PipelineParts parts)
    : options_(std::move(options)), router_(std::move(router)), parts_(parts) {}

Handling Pipeline::handle(Request& request) {
  request.problem_namespace = options_.problem_namespace;
  const auto given_id = request.header("X-Request-Id");
  request.id = is_request_id(given_id) ? std::string(given_id) : make_request_id();
  request.client_address =
      options_.trusted_proxies.empty()
          ? std::string(request.peer_address)
          : client_address(request.peer_address, request.header("X-Forwarded-For"),
                           options_.trusted_proxies);
  const Match match = router_.match(request.method, request.path, request.parameters);
  const auto* other = std::get_if<OtherMethods>(&match);
  if (auto denied = deny(match, request)) return finish(std::move(*denied), request, std::nullopt);
  if (request.method == Method::options) {
    if (auto response = preflight(request, other))
      return finish(std::move(*response), request, std::nullopt);
  }
  if (other != nullptr) {
    auto response = problem(405, "This path does not take that method; see Allow.", request);
    response.headers.push_back({"Allow", other->allow});
    return finish(std::move(response), request, std::nullopt);
  }
  if (std::holds_alternative<NoSuchPath>(match)) {
    return finish(
        problem(404, "There is nothing at this path; /openapi.json lists what there is.", request),
        request, std::nullopt);
  }
  const Route& route = *std::get<const Route*>(match);
  request.route = &route;
  if (route.access != Access::anonymous && parts_.authenticator.has_credentials(request)) {
    auto known = parts_.authenticator.authenticate_now(request);
    if (!known) return authenticate_then_run(route, request);
    if (!*known) return finish(problem(known->error(), request), request, std::nullopt);
    request.principal = std::move(**known);
  }
  return run(route, request);
}

std::optional<StreamedBody> Pipeline::streamed_body(const Request& head) const {
  PathParameters parameters;
  const Match match = router_.match(head.method, head.path, parameters);
  const auto* const* route = std::get_if<const Route*>(&match);
  return route != nullptr ? (*route)->streamed_body : std::nullopt;
}

std::optional<Response> Pipeline::deny(const Match& match, const Request& request) const {
  if (!options_.browser) return deny_websocket(request);
  const auto* const* route = std::get_if<const Route*>(&match);
  const auto type = route != nullptr ? (*route)->documentation.answer_type : std::string_view{};
  const bool is_stream = type == kEventStream || type == kJsonLines;
  const auto denial =
      check(*options_.browser, request, is_stream ? AnswerLength::streamed : AnswerLength::bounded);
  if (!denial) return std::nullopt;
  if (parts_.denials != nullptr) parts_.denials->denied(request, *denial);
  const bool is_host = *denial == Denial::host;
  return problem({.code = ErrorCode::forbidden,
                  .detail = is_host ? "This server does not answer to the name in Host."
                                    : "Pages of other origins may not use this server.",
                  .name = is_host ? "web.host_refused" : "web.origin_refused"},
                 request);
}

/// Browsers let any page open a WebSocket; here it needs what CORS asks of other requests.
std::optional<Response> Pipeline::deny_websocket(const Request& request) const {
  const auto origin = request.header("Origin");
  if (origin.empty() || !asks_for_websocket(request)) return std::nullopt;
  const auto scheme_end = origin.find("://");
  const bool is_own = scheme_end != origin.npos &&
                      equals_ignoring_case(origin.substr(scheme_end + 3), request.header("Host"));
  if (is_own || std::ranges::find(options_.cors_origins, origin) != options_.cors_origins.end()) {
    return std::nullopt;
  }
  return problem({.code = ErrorCode::forbidden,
                  .detail = "Pages of this origin may not open a WebSocket here.",
                  .name = "web.origin_refused"},
                 request);
}

std::optional<Response> Pipeline::refusal(const Route& route, const Request& request,
                                          const std::optional<RateDecision>& decision) const {
  if (decision && !decision->allowed) {
    return problem(
        {.code = ErrorCode::too_many_requests,
         .detail = fmt::format("Too many requests; try again in {} s.", decision->reset.count()),
         .retry_after = decision->reset},
        request);
  }
  if (const auto error = access_problem(route, request, options_.sign_in))
    return problem(*error, request);
  return std::nullopt;
}

Handling Pipeline::run(const Route& route, Request& request) {
  if (route.limit.empty()) return run_limited(route, request, std::nullopt);
  auto check = parts_.limiter.acquire(route.limit, limit_key(request));
  if (const auto* found = std::get_if<RateFinding>(&check))
    return run_limited(route, request, *found);
  return acquire_then_run(route, request,
                          std::move(std::get<boost::asio::awaitable<RateFinding>>(check)));
}

boost::asio::awaitable<Response> Pipeline::acquire_then_run(
    const Route& route, Request& request, boost::asio::awaitable<RateFinding> acquiring) {
  const auto decision = co_await std::move(acquiring);
  auto handling = run_limited(route, request, decision);
  if (auto* response = std::get_if<Response>(&handling)) co_return std::move(*response);
  auto later = std::move(std::get<boost::asio::awaitable<Response>>(handling));
  co_return co_await std::move(later);
}

Handling Pipeline::run_limited(const Route& route, Request& request,
                               std::optional<RateDecision> decision) {
  if (auto refused = refusal(route, request, decision))
    return finish(std::move(*refused), request, decision);
  if (request.method == Method::post && parts_.idempotency != nullptr &&
      request.has_header("Idempotency-Key")) {
    return run_once(route, request, decision);
  }
  auto handling = route.handler.run(request);
  if (auto* response = std::get_if<Response>(&handling))
    return finish(std::move(*response), request, decision);
  return finish_later(std::move(std::get<boost::asio::awaitable<Response>>(handling)), request,
                      decision);
}

boost::asio::awaitable<Response> Pipeline::authenticate_then_run(const Route& route,
                                                                 Request& request) {
  auto task = parts_.authenticator.authenticate(request);
  auto principal = co_await std::move(task);
  if (!principal) co_return finish(problem(principal.error(), request), request, std::nullopt);
  request.principal = std::move(*principal);
  auto handling = run(route, request);
  if (auto* response = std::get_if<Response>(&handling)) co_return std::move(*response);
  auto later = std::move(std::get<boost::asio::awaitable<Response>>(handling));
  co_return co_await std::move(later);
}

boost::asio::awaitable<Response> Pipeline::finish_later(boost::asio::awaitable<Response> handler,
                                                        Request& request,
                                                        std::optional<RateDecision> decision) {
  Response response = co_await std::move(handler);
  co_return finish(std::move(response), request, decision);
}

boost::asio::awaitable<Response> Pipeline::run_once(const Route& route, Request& request,
                                                    std::optional<RateDecision> decision) {
  const auto once = idempotent_request(route, request);
  if (once.key.size() > kMaxIdempotencyKey || !is_visible_ascii(once.key)) {
    co_return finish(
        problem(400, "Idempotency-Key must be 1 to 255 visible ASCII characters.", request),
        request, decision);
  }
  auto begin = parts_.idempotency->begin(once);
  auto claimed = co_await std::move(begin);
  if (!claimed) co_return finish(problem(claimed.error(), request), request, decision);
  if (*claimed) co_return finish(replay(std::move(**claimed)), request, decision);
  auto handling = route.handler.run(request);
  Response response;
  if (auto* ready = std::get_if<Response>(&handling)) {
    response = std::move(*ready);
  } else {
    auto later = std::move(std::get<boost::asio::awaitable<Response>>(handling));
    response = co_await std::move(later);
  }
  // A failure to keep the answer costs only the replay; the claim ends by itself.
  auto keep = parts_.idempotency->finish(once, answer_to_keep(response));
  (void)co_await std::move(keep);
  co_return finish(std::move(response), request, decision);
}

Response Pipeline::finish(Response response, const Request& request,
                          const std::optional<RateDecision>& decision) const {
  const bool is_read = request.method == Method::get || request.method == Method::head;
  if (is_read && response.status == 200 && !response.etag.empty()) {
    const auto known = request.header("If-None-Match");
    if (!known.empty() && names_etag(known, response.etag, TagComparison::weak)) {
      response.status = 304;
      response.body = Body{};
      response.stream.reset();
    }
  }
  if (response.stream && request.principal) {
    response.stream =
        guard_stream(std::move(response.stream), *request.principal, parts_.authenticator);
  }
  response.headers.push_back({"X-Request-Id", request.id});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  if (options_.browser) add_security_headers(*options_.browser, response);
  if (decision) add_rate_headers(response, request.route->limit, *decision);
  if (!options_.cors_origins.empty()) {
    response.headers.push_back({"Vary", "Origin"});
    const auto origin = request.header("Origin");
    if (std::ranges::find(options_.cors_origins, origin) != options_.cors_origins.end()) {
      response.headers.push_back({"Access-Control-Allow-Origin", std::string(origin)});
      response.headers.push_back({"Access-Control-Expose-Headers", std::string(kCorsExposed)});
    }
  }
  return response;
}

std::optional<Response> Pipeline::preflight(const Request& request,
                                            const OtherMethods* other) const {
  if (other == nullptr && request.target != "*") return std::nullopt;
  Response response{.status = 204};
  response.headers.push_back(
      {"Allow", other == nullptr ? "GET, HEAD, POST, PUT, DELETE, OPTIONS" : other->allow});
  const auto origin = request.header("Origin");
  if (std::ranges::find(options_.cors_origins, origin) != options_.cors_origins.end()) {
    response.headers.push_back({"Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE"});
    response.headers.push_back({"Access-Control-Allow-Headers", std::string(kCorsHeaders)});
    response.headers.push_back({"Access-Control-Max-Age", "600"});
  }
  return response;
}

Response Pipeline::refuse(int status, std::string_view detail, Request& request) {
  request.problem_namespace = options_.problem_namespace;
  if (request.id.empty()) request.id = make_request_id();
  if (request.client_address.empty()) request.client_address = request.peer_address;
  return finish(problem(status, detail, request), request, std::nullopt);
}

void Pipeline::completed(const Request& request, const Outcome& outcome) {
  parts_.observer.completed(request, outcome);
}

}  // namespace sovereign::http
