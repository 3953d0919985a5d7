// POST /onboard/create_agent: an agent registers itself by its card.
#pragma once

#include "http/endpoint.hpp"
#include "registry/compat/onboarding_types.hpp"
#include "registry/onboarding/service.hpp"

namespace sovereign::registry {

class OldOnboardingRoutes {
 public:
  explicit OldOnboardingRoutes(OnboardingService& onboarding) : onboarding_(onboarding) {}

  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<CreatedAgent>> create(const http::Request& request,
                                         http::Json<AgentCreation> body);

  OnboardingService& onboarding_;
};

}  // namespace sovereign::registry
