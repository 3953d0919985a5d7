#include "wiring.hpp"

#include <optional>
#include <utility>

#include "housekeeping.hpp"
#include "http/pipeline.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "infrastructure.hpp"
#include "operations/request_observer.hpp"
#include "port_reservation.hpp"
#include "registry/artifacts/routes.hpp"
#include "registry/changes/routes.hpp"
#include "registry/changes/signature.hpp"
#include "registry/compat/root_paths.hpp"
#include "registry/federation/federated_routes.hpp"
#include "registry/federation/public_routes.hpp"
#include "registry/federation/query_routes.hpp"
#include "registry/federation/routes.hpp"
#include "registry/identity/routes.hpp"
#include "registry/onboarding/routes.hpp"
#include "registry/onboarding/session_routes.hpp"
#include "registry/operations/routes.hpp"
#include "registry/templates/routes.hpp"
#include "server_metrics.hpp"
#include "services.hpp"
#include "version.hpp"

namespace sovereign::registry_app {

using namespace std::chrono_literals;

namespace {

std::function<Task<void>()> redis_check(SharedStore& shared) {
  if (shared.redis() == nullptr) return nullptr;
  return [&shared] { return shared.check(); };
}

}  // namespace

struct Registry::Parts {
  Parts(Settings all_settings, PortReservation reserved, telemetry::Log& log, OpenedStore store);
  ~Parts() {
    server.stop(0ms);
    end_threads();
  }

  http::RouteTable routes();
  /// What older clients call without /api/v1.
  void add_root_routes(http::RouteTable& table);
  http::ServerOptions server_options() const;
  void schedule();
  /// Ends every thread that may still hand something to an event loop, while the loops exist.
  void end_threads();
  /// Removes what has expired.
  Task<void> purge();

  const Settings settings;
  PortReservation reservation;
  Infrastructure infrastructure;
  Housekeeping housekeeping;
  Bell change_bell;  // Rung after each change of an agent, here or elsewhere.
  Services services;
  std::unique_ptr<sql::Listening> change_announcements;
  const registry::IdentityBatchSigner batch_signer;
  registry::ChangeRoutes change_routes;
  registry::AccountRoutes account_routes;
  registry::AccessRoutes access_routes;
  registry::AgentRoutes agent_routes;
  registry::ArtifactRoutes artifact_routes;
  registry::DiscoveryRoutes discovery_routes;
  registry::OnboardingRoutes onboarding_routes;
  registry::AgentSessionRoutes agent_session_routes;
  registry::IdentityRoutes identity_routes;
  registry::TemplateRoutes template_routes;
  registry::PeerRoutes peer_routes;
  registry::PublicPeerRoutes public_peer_routes;
  registry::FederationInfoRoutes federation_info_routes;
  registry::PeerQueryRoutes peer_query_routes;
  registry::FederatedRoutes federated_routes;
  registry::OperationsRoutes operations_routes;
  operations::RequestObserver observer;
  http::Pipeline pipeline;
  http::Server server;
};

Registry::Parts::Parts(Settings all_settings, PortReservation reserved, telemetry::Log& log,
                       OpenedStore store)
    : settings(std::move(all_settings)),
      reservation(std::move(reserved)),
      infrastructure(settings, log, std::move(store)),
      housekeeping(log),
      change_bell(housekeeping.executor()),
      services(infrastructure, housekeeping.executor(), change_bell),
      batch_signer(infrastructure.store.federation_key.identity()),
      change_routes(services.change_feed, infrastructure.clock, &batch_signer),
      account_routes(services.accounts, services.sessions, services.recovery),
      access_routes(services.api_keys, services.sessions),
      agent_routes(services.agents, services.discovery, services.catalog),
      artifact_routes(services.artifacts, infrastructure.pools.blobs,
                      {.spool_folder = std::filesystem::absolute(settings.data_dir) / "spool",
                       .max_bytes = static_cast<std::uint64_t>(settings.artifacts_max_bytes)}),
      discovery_routes(services.discovery),
      onboarding_routes(services.onboarding),
      agent_session_routes({services.agent_sessions, services.agents, services.catalog,
                            services.compat.store, services.compat.aliases}),
      identity_routes(services.identity, services.catalog),
      template_routes(settings.public_url),
      peer_routes(services.peer_service),
      public_peer_routes(services.peer_service),
      federation_info_routes(federation_identity(settings), infrastructure.store.federation_key,
                             *infrastructure.store.database, infrastructure.clock),
      peer_query_routes(services.discovery, services.peers, services.limiter),
      federated_routes(services.federated_search, services.discovery, services.peer_capabilities),
      operations_routes({.version = std::string(kVersion),
                         .metrics = [this] { return infrastructure.metrics.expose(); },
                         .check_redis = redis_check(*infrastructure.store.shared),
                         .check_blobs = [this] { return infrastructure.blobs->check(); }},
                        *infrastructure.store.database),
      observer(infrastructure.access_log, infrastructure.metrics, infrastructure.clock),
      pipeline({.problem_namespace = "agentvault",
                .trusted_proxies = settings.trusted_proxies,
                .cors_origins = settings.cors_origins},
               http::Router(routes()),
               {services.authenticator, services.limiter, observer, &services.idempotency}),
      server(server_options(), pipeline) {
  operations_routes.describe(pipeline.router().routes());
  observer.watch(pipeline.router().routes());
  add_server_metrics(infrastructure, services, server);
  schedule();
}

http::RouteTable Registry::Parts::routes() {
  http::RouteTable table;
  account_routes.add_to(table);
  access_routes.add_to(table);
  agent_routes.add_to(table);
  artifact_routes.add_to(table);
  discovery_routes.add_to(table);
  template_routes.add_to(table);
  change_routes.add_to(table);
  onboarding_routes.add_to(table);
  agent_session_routes.add_to(table);
  identity_routes.add_to(table);
  if (settings.federation_enabled) {
    peer_routes.add_to(table);
    public_peer_routes.add_to(table);
    federation_info_routes.add_to(table);
    peer_query_routes.add_to(table);
    federated_routes.extend(table);
  }
  services.compat.add_to(table);
  operations_routes.add_to(table);
  add_root_routes(table);
  return table;
}

void Registry::Parts::add_root_routes(http::RouteTable& table) {
  http::RouteTable again;
  account_routes.add_to(again);
  access_routes.add_to(again);
  agent_session_routes.add_to(again);
  services.compat.add_to(again);
  services.compat.account_routes.add_root_to(table);
  registry::add_root_paths(std::move(again), table);
}

http::ServerOptions Registry::Parts::server_options() const {
  const auto listen = *parse_listen(settings.listen);
  return {.address = listen.address,
          .port = reservation.port(),
          .loops = static_cast<std::size_t>(settings.loops),
          .server_product = "agentvault-registry"};
}

Task<void> Registry::Parts::purge() {
  const auto now = infrastructure.clock.now();
  services.standing.purge(now);
  auto sessions = services.sessions.purge(now);
  if (auto purged = co_await std::move(sessions); !purged) co_return purged;
  auto recovery = services.recovery.purge(now);
  if (auto purged = co_await std::move(recovery); !purged) co_return purged;
  auto api_keys = services.api_keys.purge(now);
  if (auto purged = co_await std::move(api_keys); !purged) co_return purged;
  auto idempotency = services.idempotency.purge(now);
  if (auto purged = co_await std::move(idempotency); !purged) co_return purged;
  auto onboarding = services.onboarding.purge(now);
  if (auto purged = co_await std::move(onboarding); !purged) co_return purged;
  co_return Result<void>{};
}

void Registry::Parts::end_threads() {
  change_announcements.reset();
  housekeeping.stop();
  infrastructure.http_client.stop();
  for (auto* pool : infrastructure.pools.all()) pool->stop();
  infrastructure.store.shared->stop();
  infrastructure.store.replica.reset();
  infrastructure.store.database.reset();
}

void Registry::Parts::schedule() {
  housekeeping.every(200ms, "access_log", [this]() -> Task<void> {
    infrastructure.access_log.flush();
    co_return Result<void>{};
  });
  housekeeping.every(1s, "follow_accounts",
                     [this] { return services.account_follower.catch_up(); });
  housekeeping.on_ring(change_bell, 20ms, 1s, "follow_agents",
                       [this] { return services.change_follower.catch_up(); });
  if (settings.federation_enabled) {
    housekeeping.every(1s, "follow_peers", [this] { return services.peer_follower.catch_up(); });
    housekeeping.every(30s, "count_peers_capabilities",
                       [this] { return services.peer_capabilities.refresh(); });
    housekeeping.every(1s, "meet_peers", [this] { return services.peer_introduction.run(); });
  }
  housekeeping.every(10s, "api_key_usage", [this] { return services.api_keys.write_usage(); });
  housekeeping.every(1min, "collect_artifacts", [this] { return services.artifacts.collect(); });
  housekeeping.every(10s, "blob_store", [this] { return infrastructure.blobs->check(); });
  housekeeping.every(1h, "purge", [this] { return purge(); });
}

Registry::Registry(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Registry::~Registry() = default;

Result<std::unique_ptr<Registry>> Registry::open(const Settings& given, telemetry::Log& log) {
  auto listen = *parse_listen(given.listen);
  auto reservation = PortReservation::reserve(listen);
  if (!reservation) return Failure(reservation.error());
  listen.port = reservation->port();
  Settings settings = given;
  if (settings.public_url.empty()) settings.public_url = http_url(listen);
  auto store = open_for_serving(settings, log);
  if (!store) return Failure(store.error());
  if (!settings.database_replica_url.empty()) {
    auto replica = open_replica(settings);
    if (replica) {
      store->replica = std::move(*replica);
    } else {
      log.warning("database_replica_unused", {{"reason", replica.error().detail}});
    }
  }
  auto parts =
      std::make_unique<Parts>(std::move(settings), std::move(*reservation), log, std::move(*store));
  if (auto loaded = parts->services.load(); !loaded) return Failure(loaded.error());
  return std::unique_ptr<Registry>(new Registry(std::move(parts)));
}

std::size_t Registry::agents() const { return parts_->services.catalog.snapshot()->size(); }

Result<void> Registry::start() {
  parts_->infrastructure.store.shared->start();
  if (auto started = parts_->server.start(); !started) return started;
  parts_->change_announcements = parts_->infrastructure.store.database->listen(
      registry::ChangeLog::kChannel, [this] { parts_->change_bell.ring(); });
  parts_->housekeeping.start();
  return {};
}

std::string Registry::url() const {
  auto listen = *parse_listen(parts_->settings.listen);
  listen.port = parts_->server.port();
  return http_url(listen);
}

void Registry::reopen_logs() {
  auto& log = parts_->infrastructure.log;
  for (const auto& reopened : {log.reopen(), parts_->infrastructure.access_log.reopen()}) {
    if (!reopened) log.error("log_not_reopened", {{"reason", reopened.error().detail}});
  }
}

bool Registry::stop() {
  parts_->services.change_hub.stop();
  const bool finished = parts_->server.stop(std::chrono::seconds(parts_->settings.drain_seconds));
  parts_->end_threads();
  parts_->infrastructure.access_log.flush_all();
  return finished;
}

}  // namespace sovereign::registry_app
