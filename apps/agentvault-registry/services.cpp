#include "services.hpp"

#include <algorithm>
#include <utility>

#include "async/block_on.hpp"
#include "version.hpp"

namespace sovereign::registry_app {
namespace {

using namespace std::chrono_literals;

registry::AccountOptions account_options(const Settings& settings) {
  const bool verify = settings.require_verified_email == "on" ||
                      (settings.require_verified_email == "auto" && !settings.smtp_host.empty());
  return {.public_url = settings.public_url, .require_verified_email = verify};
}

registry::TokenOptions token_options(const Settings& settings) {
  return {.access_lifetime = std::chrono::minutes(settings.access_token_minutes)};
}

http::RateLimiter& choose_limiter(Infrastructure& base, http::LocalRateLimiter& local,
                                  std::optional<registry::SharedRateLimiter>& shared) {
  auto* redis = base.store.shared->redis();
  if (redis == nullptr) return local;
  return shared.emplace(local, *redis, base.store.shared->prefix());
}

registry::PublishingRule publishing_rule(registry::Accounts& accounts) {
  return [&accounts](registry::UserId account) {
    return accounts.may_publish({.subject = account.uuid});
  };
}

}  // namespace

registry::FederationIdentity federation_identity(const Settings& settings) {
  auto name = settings.federation_name;
  if (name.empty()) {
    const auto host = settings.public_url.find("://");
    name = settings.public_url.substr(host == std::string::npos ? 0 : host + 3);
    name.resize(std::min(name.find('/'), name.size()));
  }
  return {.name = std::move(name), .url = settings.public_url, .version = std::string(kVersion)};
}

registry::PeerAddresses peer_addresses(const Settings& settings) {
  return settings.allow_private_peers ? registry::PeerAddresses::any
                                      : registry::PeerAddresses::public_only;
}

registry::FanOutOptions fan_out_options(const Settings& settings) {
  return {.deadline = std::chrono::milliseconds(settings.federation_query_timeout_ms),
          .fresh = std::chrono::seconds(settings.federation_cache_seconds),
          .max_results = static_cast<std::size_t>(settings.federation_max_results_per_peer),
          .addresses = peer_addresses(settings),
          .own_url = settings.public_url};
}

std::map<std::string, http::RatePolicy, std::less<>> rate_policies(const Settings& settings) {
  if (settings.rate_limits == "off") return {};
  std::map<std::string, http::RatePolicy, std::less<>> policies = {
      {"auth.login", {5, 1min}},         {"auth.register", {3, 1h}},
      {"auth.recover", {5, 1min}},       {"auth.api_key", {30, 1min}},
      {"bootstrap.request", {5, 1min}},  {"agents.create", {10, 1min}},
      {"discovery.search", {100, 1min}}, {"federation.query", {30, 1min}},
      {"changes.poll", {120, 1min}},     {"changes.stream", {30, 1min}},
  };
  for (const auto& text : settings.rate_limit_overrides) {
    const auto equals = text.find('=');
    if (const auto policy = http::parse_rate_policy(std::string_view(text).substr(equals + 1))) {
      policies[text.substr(0, equals)] = *policy;
    }
  }
  return policies;
}

Services::Services(Infrastructure& base, boost::asio::any_io_executor mail_executor,
                   Bell& change_bell)
    : local_limiter(rate_policies(base.settings), base.clock),
      limiter(choose_limiter(base, local_limiter, shared_limiter)),
      postbox(*base.mailer, base.log, std::move(mail_executor)),
      passwords(base.pools.passwords, base.hasher),
      standing(std::chrono::minutes(base.settings.access_token_minutes)),
      revocations(base.store.shared->broadcast(), standing, base.clock),
      issuer(base.signer, base.clock, base.random, token_options(base.settings)),
      account_parts{*base.store.database, base.clock, base.random, passwords, standing,
                    revocations,          postbox},
      accounts(account_parts, account_options(base.settings)),
      sessions(account_parts, issuer,
               {.idle_lifetime = std::chrono::days(base.settings.refresh_token_days)}),
      recovery(account_parts, account_options(base.settings)),
      api_keys(account_parts, base.pools.passwords, limiter),
      authenticator({base.signer, base.clock, standing, accounts, api_keys}),
      account_follower(*base.store.database, base.clock, standing, api_keys),
      catalog({.registry_url = base.settings.public_url,
               .on_change = [&change_bell] { change_bell.ring(); }},
              base.pools.indexing),
      change_cursors(base.store.secret),
      change_follower(*base.store.database, catalog, base.clock, change_cursors, change_hub),
      change_feed(*base.store.database, base.store.replica.get(), catalog, change_cursors,
                  change_hub),
      agents(*base.store.database, catalog, base.clock, base.random, publishing_rule(accounts)),
      artifacts({*base.store.database, *base.blobs, catalog, base.clock, base.random},
                {.agent_bytes = base.settings.artifacts_agent_bytes,
                 .account_bytes = base.settings.artifacts_account_bytes}),
      discovery(catalog, base.clock),
      onboarding({*base.store.database, base.clock, base.random, agents}, publishing_rule(accounts),
                 {.token_lifetime = std::chrono::seconds(base.settings.bootstrap_token_seconds)}),
      agent_sessions(*base.store.database, issuer, base.random),
      outbound(base.http_client, base.pools.outbound,
               {.allow_private_addresses = base.settings.allow_private_endpoints}),
      probe(outbound),
      identity({*base.store.database, base.clock, base.random, agents, catalog, probe}),
      idempotency(base.store.secret, *base.store.database, base.clock, base.random),
      peers(base.store.federation_key),
      peer_follower(*base.store.database, base.store.federation_key, peers),
      peer_service(
          {*base.store.database, base.clock, base.random, base.store.federation_key, peer_follower},
          {.own_url = base.settings.public_url, .addresses = peer_addresses(base.settings)}),
      peer_contact(base.http_client, {.addresses = peer_addresses(base.settings), .ca_file = {}}),
      peer_introduction(peers, peer_contact, peer_service, base.clock),
      fan_out({base.http_client, peers, base.clock, base.random, base.metrics},
              fan_out_options(base.settings)),
      federated_search(discovery, fan_out, base.random),
      peer_capabilities(base.http_client, peers, fan_out.options()),
      compat({*base.store.database, base.clock, discovery, agents, onboarding, accounts, recovery,
              api_keys, authenticator},
             base.settings.public_url),
      settings_(base.settings),
      database_(*base.store.database),
      replica_(base.store.replica.get()) {
  revocations.listen(api_keys);
}

/// The follower reads from the database what a replica did not have yet.
Result<void> Services::load_agents(sql::Database& source) {
  if (auto started = change_follower.start(source); !started) return started;
  return catalog.load(source);
}

Result<void> Services::load() {
  if (auto loaded = account_follower.load(); !loaded) return loaded;
  if (settings_.federation_enabled) {
    if (auto loaded = peer_follower.load(); !loaded) return loaded;
  }
  const bool is_loaded = replica_ != nullptr && load_agents(*replica_);
  if (!is_loaded) {
    if (auto loaded = load_agents(database_); !loaded) return loaded;
  }
  return async::block_on(change_follower.catch_up());
}

}  // namespace sovereign::registry_app
