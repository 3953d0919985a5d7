// Onboarding over HTTP: bootstrap tokens for developers, registration for agents.
#pragma once

#include <string>

#include "http/endpoint.hpp"
#include "registry/onboarding/service.hpp"

namespace sovereign::registry {

class OnboardingRoutes {
 public:
  explicit OnboardingRoutes(OnboardingService& service) : service_(service) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<IssuedBootstrapToken>> request_token(
      const http::Request& request, http::OptionalJson<BootstrapTokenRequest> body);
  Task<http::Prepared<OnboardedAgent>> register_agent(const http::Request& request,
                                                      http::Json<OnboardingRequest> body);
  Task<http::Reply<BootstrapTokenPage>> list_tokens(const http::Request& request,
                                                    http::Query<BootstrapTokenQuery> query);
  Task<http::NoContent> revoke_token(const http::Request& request);

  void add_token_routes(http::RouteTable& table);

  OnboardingService& service_;
};

}  // namespace sovereign::registry
