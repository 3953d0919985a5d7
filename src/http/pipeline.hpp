// What every request passes through between the server and its handler: request id, client
// address, route, browser policy, CORS, credentials, rate limit, idempotency, then validators and
// common headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/application.hpp"
#include "http/authenticator.hpp"
#include "http/browser_policy.hpp"
#include "http/idempotency.hpp"
#include "http/rate_limit.hpp"
#include "http/router.hpp"

namespace sovereign::http {

struct PipelineOptions {
  std::string_view problem_namespace;  ///< Request::problem_namespace of all; of static storage.
  std::vector<std::string> trusted_proxies;  ///< Addresses whose X-Forwarded-For is believed.
  std::vector<std::string> cors_origins;     ///< Exact origins; empty: no CORS.
  /// What who needs credentials and has none is told.
  Error sign_in{.code = ErrorCode::unauthenticated,
                .detail = "Sign in, and send the access token as Authorization: Bearer."};
  std::optional<BrowserPolicy> browser;  ///< For a server on loopback that pages must not abuse.
};

/// Told of every answered request; writes the access log and the metrics.
class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  virtual void completed(const Request& request, const Outcome& outcome) = 0;
};

/// What the pipeline asks; all must outlive it. `idempotency` may be null: keys are ignored then.
struct PipelineParts {
  Authenticator& authenticator;
  RateLimiter& limiter;
  RequestObserver& observer;
  IdempotencyStore* idempotency = nullptr;
  DenialObserver* denials = nullptr;  ///< Told of what the browser policy refuses; may be null.
};

class Pipeline final : public Application {
 public:
  Pipeline(PipelineOptions options, Router router, PipelineParts parts);

  Handling handle(Request& request) override;
  std::optional<StreamedBody> streamed_body(const Request& head) const override;
  Response refuse(int status, std::string_view detail, Request& request) override;
  void completed(const Request& request, const Outcome& outcome) override;

  const Router& router() const { return router_; }

 private:
  /// The refusal when the browser policy has one.
  std::optional<Response> deny(const Match& match, const Request& request) const;
  std::optional<Response> deny_websocket(const Request& request) const;
  /// Rate limit, access check and handler, once it is known who asks.
  Handling run(const Route& route, Request& request);
  Handling run_limited(const Route& route, Request& request, std::optional<RateDecision> decision);
  /// What `decision` or a lack of rights refuses.
  std::optional<Response> refusal(const Route& route, const Request& request,
                                  const std::optional<RateDecision>& decision) const;
  boost::asio::awaitable<Response> acquire_then_run(const Route& route, Request& request,
                                                    boost::asio::awaitable<RateFinding> acquiring);
  boost::asio::awaitable<Response> authenticate_then_run(const Route& route, Request& request);
  boost::asio::awaitable<Response> finish_later(boost::asio::awaitable<Response> handler,
                                                Request& request,
                                                std::optional<RateDecision> decision);
  boost::asio::awaitable<Response> run_once(const Route& route, Request& request,
                                            std::optional<RateDecision> decision);
  Response finish(Response response, const Request& request,
                  const std::optional<RateDecision>& decision) const;
  std::optional<Response> preflight(const Request& request, const OtherMethods* other) const;

  PipelineOptions options_;
  Router router_;
  PipelineParts parts_;
};

/// Whom the request comes from: the peer, or when that is a trusted proxy, the last address in
/// X-Forwarded-For that is not one.
std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<std::string>& trusted_proxies);

}  // namespace sovereign::http
