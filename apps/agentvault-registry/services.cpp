#include "services.hpp"

#include <utility>

#include "async/block_on.hpp"

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

registry::PublishingRule publishing_rule(registry::Accounts& accounts) {
  return [&accounts](registry::UserId account) {
    return accounts.may_publish({.subject = account.uuid});
  };
}

}  // namespace

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
    : limiter(rate_policies(base.settings), base.clock),
      postbox(*base.mailer, base.log, std::move(mail_executor)),
      passwords(base.pools.passwords, base.hasher),
      standing(std::chrono::minutes(base.settings.access_token_minutes)),
      issuer(base.signer, base.clock, base.random, token_options(base.settings)),
      account_parts{*base.store.database, base.clock, base.random, passwords, standing, postbox},
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
      discovery(catalog, base.clock),
      onboarding({*base.store.database, base.clock, base.random, agents}, publishing_rule(accounts),
                 {.token_lifetime = std::chrono::seconds(base.settings.bootstrap_token_seconds)}),
      agent_sessions(*base.store.database, issuer, base.random),
      outbound(base.pools.outbound,
               {.allow_private_addresses = base.settings.allow_private_endpoints}),
      probe(outbound),
      identity({*base.store.database, base.clock, base.random, agents, catalog, probe}),
      idempotency(base.store.secret, *base.store.database, base.clock, base.random),
      database_(*base.store.database),
      replica_(base.store.replica.get()) {}

/// The follower reads from the database what a replica did not have yet.
Result<void> Services::load_agents(sql::Database& source) {
  if (auto started = change_follower.start(source); !started) return started;
  return catalog.load(source);
}

Result<void> Services::load() {
  if (auto loaded = account_follower.load(); !loaded) return loaded;
  const bool is_loaded = replica_ != nullptr && load_agents(*replica_);
  if (!is_loaded) {
    if (auto loaded = load_agents(database_); !loaded) return loaded;
  }
  return async::block_on(change_follower.catch_up());
}

}  // namespace sovereign::registry_app
