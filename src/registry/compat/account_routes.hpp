// Accounts for older clients: /auth/* and /developers/me*, as they name things. The accounts' own
// services do the work.
#pragma once

#include "http/endpoint.hpp"
#include "registry/accounts/api_keys.hpp"
#include "registry/accounts/recovery.hpp"
#include "registry/compat/account_types.hpp"
#include "registry/compat/compat_store.hpp"
#include "registry/compat/integer_aliases.hpp"

namespace sovereign::registry {

/// What these routes call; all must outlive the table.
struct OldAccountParts {
  Accounts& accounts;
  Recovery& recovery;
  ApiKeys& api_keys;
  CompatStore& store;
  IntegerAliases& aliases;
};

class OldAccountRoutes {
 public:
  explicit OldAccountRoutes(OldAccountParts parts) : parts_(parts) {}

  /// Those that also exist without /api/v1.
  void add_to(http::RouteTable& table);
  /// Those at the root only, where they differ from /api/v1.
  void add_root_to(http::RouteTable& table);

 private:
  void add_recovery_to(http::RouteTable& table);
  void add_keys_to(http::RouteTable& table);

  Task<http::Reply<DeveloperView>> me(const http::Request& request);
  Task<http::Reply<DeveloperProfile>> profile(const http::Request& request);
  Task<http::Reply<PasswordToken>> recover(const http::Request& request,
                                           http::Json<RecoveryKeyExchange> body);
  Task<http::Reply<AccountMessage>> set_password(const http::Request& request,
                                                 http::Json<NewPassword> body);
  Task<http::Prepared<std::vector<OldApiKey>>> list_keys(const http::Request& request);
  Task<http::Reply<NewOldApiKey>> create_key(const http::Request& request,
                                             http::OptionalJson<OldApiKeyRequest> body);
  Task<http::NoContent> revoke_key(const http::Request& request);
  Task<http::Prepared<std::vector<OwnedAgent>>> agents(const http::Request& request);
  Task<http::Reply<RegisteredUser>> register_account(const http::Request& request,
                                                     http::Json<Registration> body);

  Task<DeveloperView> developer(const http::Request& request);
  Task<OldApiKey> old_key(ApiKeyItem key);

  OldAccountParts parts_;
};

}  // namespace sovereign::registry
