// The compatibility surface, put together: what existing clients of earlier registries call, over
// the same services as everything else.
#pragma once

#include <string>

#include "registry/accounts/recovery.hpp"
#include "registry/compat/account_routes.hpp"
#include "registry/compat/builder_routes.hpp"
#include "registry/compat/card_routes.hpp"
#include "registry/compat/onboarding_routes.hpp"
#include "registry/compat/system_routes.hpp"

namespace sovereign::registry {

/// What it is made of; all must outlive it.
struct CompatParts {
  sql::Database& database;
  const Clock& clock;
  const DiscoveryService& discovery;
  AgentService& agents;
  OnboardingService& onboarding;
  Accounts& accounts;
  Recovery& recovery;
  ApiKeys& api_keys;
  http::Authenticator& authenticator;
};

struct CompatFeatures {
  CompatFeatures(CompatParts parts, std::string registry_url)
      : aliases(parts.database),
        store(parts.database),
        cards({parts.database, parts.agents, parts.discovery.catalog(), parts.accounts, aliases}),
        card_routes(cards, parts.discovery, parts.authenticator),
        account_routes({parts.accounts, parts.recovery, parts.api_keys, store, aliases}),
        onboarding_routes(parts.onboarding),
        system_routes(store, parts.clock),
        builder_routes(parts.accounts, std::move(registry_url)) {}

  /// The rows below /api/v1.
  void add_to(http::RouteTable& table) {
    card_routes.add_to(table);
    account_routes.add_to(table);
    onboarding_routes.add_to(table);
    system_routes.add_to(table);
    builder_routes.add_to(table);
  }

  IntegerAliases aliases;
  CompatStore store;
  CardService cards;
  CardRoutes card_routes;
  OldAccountRoutes account_routes;
  OldOnboardingRoutes onboarding_routes;
  SystemRoutes system_routes;
  BuilderRoutes builder_routes;
};

}  // namespace sovereign::registry
