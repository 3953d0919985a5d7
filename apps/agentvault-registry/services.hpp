// The registry's features, put together.
#pragma once

#include "bell.hpp"
#include "http/outbound.hpp"
#include "http/rate_limit.hpp"
#include "infrastructure.hpp"
#include "mail_postbox.hpp"
#include "registry/accounts/access_routes.hpp"
#include "registry/accounts/api_keys.hpp"
#include "registry/accounts/authenticator.hpp"
#include "registry/accounts/follower.hpp"
#include "registry/accounts/passwords.hpp"
#include "registry/accounts/recovery.hpp"
#include "registry/accounts/revocations.hpp"
#include "registry/accounts/routes.hpp"
#include "registry/accounts/service.hpp"
#include "registry/accounts/sessions.hpp"
#include "registry/accounts/standing.hpp"
#include "registry/accounts/tokens.hpp"
#include "registry/agents/routes.hpp"
#include "registry/agents/service.hpp"
#include "registry/artifacts/service.hpp"
#include "registry/changes/feed.hpp"
#include "registry/changes/follower.hpp"
#include "registry/compat/features.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/discovery/routes.hpp"
#include "registry/discovery/service.hpp"
#include "registry/federation/federated_search.hpp"
#include "registry/federation/follower.hpp"
#include "registry/federation/info.hpp"
#include "registry/federation/introduction.hpp"
#include "registry/federation/peer_capabilities.hpp"
#include "registry/federation/service.hpp"
#include "registry/idempotency/store.hpp"
#include "registry/identity/probe.hpp"
#include "registry/identity/service.hpp"
#include "registry/limits/shared_rate_limiter.hpp"
#include "registry/onboarding/service.hpp"
#include "registry/onboarding/session.hpp"

namespace sovereign::registry_app {

struct Services {
  /// `mail_executor` sends letters; `change_bell` is rung after each change of an agent.
  Services(Infrastructure& infrastructure, boost::asio::any_io_executor mail_executor,
           Bell& change_bell);

  /// Fills memory from the database. Blocks.
  Result<void> load();

  http::LocalRateLimiter local_limiter;
  std::optional<registry::SharedRateLimiter> shared_limiter;  ///< With Redis.
  http::RateLimiter& limiter;                                 ///< The one in force.
  MailPostbox postbox;
  registry::Passwords passwords;
  registry::Standing standing;
  registry::Revocations revocations;
  registry::TokenIssuer issuer;
  registry::AccountParts account_parts;
  registry::Accounts accounts;
  registry::Sessions sessions;
  registry::Recovery recovery;
  registry::ApiKeys api_keys;
  registry::AccountAuthenticator authenticator;
  registry::AccountFollower account_follower;
  registry::Catalog catalog;
  registry::ChangeCursors change_cursors;
  registry::ChangeHub change_hub;
  registry::ChangeFollower change_follower;
  registry::ChangeFeed change_feed;
  registry::AgentService agents;
  registry::ArtifactService artifacts;
  registry::DiscoveryService discovery;
  registry::OnboardingService onboarding;
  registry::AgentSessions agent_sessions;
  http::OutboundClient outbound;
  registry::OutboundProbe probe;
  registry::IdentityService identity;
  registry::SqlIdempotencyStore idempotency;
  registry::Peers peers;
  registry::PeerFollower peer_follower;
  registry::PeerService peer_service;
  registry::PeerContact peer_contact;
  registry::PeerIntroduction peer_introduction;
  registry::FanOut fan_out;
  registry::FederatedSearch federated_search;
  registry::PeerCapabilities peer_capabilities;
  registry::CompatFeatures compat;

 private:
  Result<void> load_agents(sql::Database& source);

  const Settings& settings_;
  sql::Database& database_;
  sql::Database* const replica_;  ///< May lag; null without one.
};

/// Who this registry is to its peers.
registry::FederationIdentity federation_identity(const Settings& settings);

/// How peers are asked.
registry::FanOutOptions fan_out_options(const Settings& settings);

/// Where peers may be, and how they are spoken to.
registry::PeerAddresses peer_addresses(const Settings& settings);

/// The limits in force: the defaults, with the settings' overrides; none when
/// they are off.
std::map<std::string, http::RatePolicy, std::less<>> rate_policies(const Settings& settings);

}  // namespace sovereign::registry_app
