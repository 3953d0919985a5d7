// An agent's own session over HTTP: getting a token, seeing itself, showing that it lives.
#pragma once

#include "http/endpoint.hpp"
#include "registry/agents/service.hpp"
#include "registry/agents/view.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/onboarding/session.hpp"
#include "registry/onboarding/session_types.hpp"

namespace sovereign::registry {

class AgentSessionRoutes {
 public:
  /// All must outlive it.
  AgentSessionRoutes(AgentSessions& sessions, AgentService& agents, const Catalog& catalog)
      : sessions_(sessions), agents_(agents), catalog_(catalog) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<AgentTokenAnswer>> sign_in(const http::Request& request,
                                              http::JsonOrForm<AgentTokenRequest> body);
  Result<http::Prepared<AgentView>> me(const http::Request& request);
  Result<http::Reply<AgentHealth>> health(const http::Request& request);
  Task<http::Reply<Heartbeat>> heartbeat(const http::Request& request);

  /// The agent that asks. Errors: unauthenticated (deleted since), forbidden (suspended).
  Result<SharedRecord> self(const http::Request& request) const;

  AgentSessions& sessions_;
  AgentService& agents_;
  const Catalog& catalog_;
};

}  // namespace sovereign::registry
