// Identity over HTTP: verification of agents, and their DID documents.
#pragma once

#include "http/endpoint.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/identity/did_document.hpp"
#include "registry/identity/service.hpp"

namespace sovereign::registry {

class IdentityRoutes {
 public:
  /// Both must outlive it.
  IdentityRoutes(IdentityService& service, const Catalog& catalog)
      : service_(service), catalog_(catalog) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<OwnershipAnswer>> verify(const http::Request& request,
                                            http::OptionalJson<VerificationRequest> body);
  Task<http::Reply<OwnershipAnswer>> open_challenge(AgentId agent, Caller caller);
  Result<http::Prepared<DidDocument>> document_of_agent(const http::Request& request);
  Result<http::Prepared<DidDocument>> resolve(const http::Request& request);
  Result<http::Prepared<DidDocument>> document(std::optional<AgentId> id) const;

  IdentityService& service_;
  const Catalog& catalog_;
};

}  // namespace sovereign::registry
