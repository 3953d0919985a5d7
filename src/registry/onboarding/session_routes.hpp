// An agent's own session over HTTP: getting a token, seeing itself, showing that it lives.
#pragma once

#include "http/endpoint.hpp"
#include "registry/agents/service.hpp"
#include "registry/compat/compat_store.hpp"
#include "registry/compat/integer_aliases.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/onboarding/session.hpp"
#include "registry/onboarding/session_types.hpp"

namespace sovereign::registry {

/// What the routes call; all must outlive them.
struct AgentSessionParts {
  AgentSessions& sessions;
  AgentService& agents;
  const Catalog& catalog;
  CompatStore& store;
  IntegerAliases& aliases;
};

class AgentSessionRoutes {
 public:
  explicit AgentSessionRoutes(AgentSessionParts parts) : parts_(parts) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<AgentTokenAnswer>> sign_in(const http::Request& request,
                                              http::JsonOrForm<AgentTokenRequest> body);
  Task<http::Prepared<OwnAgent>> me(const http::Request& request);
  Result<http::Reply<AgentHealth>> health(const http::Request& request);
  Task<http::Reply<Heartbeat>> heartbeat(const http::Request& request);

  /// The agent that asks. Errors: unauthenticated (deleted since), forbidden (suspended).
  Result<SharedRecord> self(const http::Request& request) const;

  AgentSessionParts parts_;
};

}  // namespace sovereign::registry
