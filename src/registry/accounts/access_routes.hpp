// HTTP for what gives access to an account: its API keys and its sessions.
#pragma once

#include "http/endpoint.hpp"
#include "registry/accounts/api_keys.hpp"
#include "registry/accounts/sessions.hpp"

namespace sovereign::registry {

class AccessRoutes {
 public:
  /// Both must outlive the route table.
  AccessRoutes(ApiKeys& api_keys, Sessions& sessions) : api_keys_(api_keys), sessions_(sessions) {}

  void add_to(http::RouteTable& table);

 private:
  void add_keys_to(http::RouteTable& table);
  void add_sessions_to(http::RouteTable& table);

  Task<http::Reply<ApiKeyList>> list_keys(const http::Request& request);
  Task<http::Reply<CreatedApiKey>> create_key(const http::Request& request,
                                              http::Json<ApiKeyRequest> body);
  Task<http::NoContent> revoke_key(const http::Request& request);
  Task<http::Reply<SessionList>> list_sessions(const http::Request& request);
  Task<http::NoContent> end_session(const http::Request& request);

  ApiKeys& api_keys_;
  Sessions& sessions_;
};

}  // namespace sovereign::registry
