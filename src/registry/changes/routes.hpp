// The change feed over HTTP.
#pragma once

#include "http/endpoint.hpp"
#include "registry/changes/feed.hpp"
#include "registry/changes/stream.hpp"

namespace sovereign::registry {

class ChangeRoutes {
 public:
  /// Without a signer batches are not signed. All must outlive this.
  ChangeRoutes(ChangeFeed& feed, const Clock& clock, const BatchSigner* signer)
      : feed_(feed), clock_(clock), signer_(signer) {}

  void add_to(http::RouteTable& routes);

 private:
  Task<http::Prepared<ChangeBatch>> poll(const http::Request& request,
                                         http::Query<ChangePollQuery> query);
  Task<http::Response> events(const http::Request& request, http::Query<ChangeQuery> query);
  Task<http::Response> websocket(const http::Request& request, http::Query<ChangeQuery> query);
  Task<std::unique_ptr<ChangeStream>> open(ChangeQuery query);
  http::Response signed_response(std::string body) const;

  ChangeFeed& feed_;
  const Clock& clock_;
  const BatchSigner* signer_;
};

}  // namespace sovereign::registry
