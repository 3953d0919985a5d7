#include "daemon/daemon.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <utility>

#include "core/admin_web/routes.hpp"
#include "core/audit/routes.hpp"
#include "core/catalog/routes.hpp"
#include "core/discovery/routes.hpp"
#include "core/events/routes.hpp"
#include "core/install/install_routes.hpp"
#include "core/launcher/routes.hpp"
#include "core/router/routes.hpp"
#include "core/sync/registry_routes.hpp"
#include "daemon/daemon_metrics.hpp"
#include "daemon/features.hpp"
#include "daemon/login_page.hpp"
#include "daemon/status_routes.hpp"
#include "http/pipeline.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "operations/api_description.hpp"
#include "operations/request_observer.hpp"
#include "version.hpp"

namespace sovereign::opensentience {
namespace {

using namespace std::chrono_literals;

constexpr http::OpenApiTag kTags[] = {
    {"Sign-in", "The admin token and browsers' sessions."},
    {"Agents", "Finding agents, and deciding what they may."},
    {"Registries", "Git repositories that list agents."},
    {"Installation", "Fetching, building, updating and removing agents."},
    {"Runs", "Starting and stopping agents, and what they print."},
    {"Tools", "Calling what running agents offer."},
    {"Audit", "What happened."},
    {"Events", "What happens now."},
    {"Operations", "Health, status and metrics."},
};

constexpr std::string_view kDescription =
    "The OpenSentience Core of this machine. It finds AI agents without executing them, installs "
    "and builds them when told, runs each as a process of its own with what a person approved, "
    "and routes every call of a tool. Send the admin token (`opensentience token show`) as "
    "`Authorization: Bearer`. Errors are problem details (RFC 9457) with a stable `code`.";

/// Stands for the pipeline until that is made: the server comes first, since what the pipeline
/// leads to lives on the server's loop.
class LatePipeline final : public http::Application {
 public:
  void set(http::Application& pipeline) { pipeline_ = &pipeline; }
  http::Handling handle(http::Request& request) override { return pipeline_->handle(request); }
  http::Response refuse(int status, std::string_view detail, http::Request& request) override {
    return pipeline_->refuse(status, detail, request);
  }
  void completed(const http::Request& request, const http::Outcome& outcome) override {
    pipeline_->completed(request, outcome);
  }

 private:
  http::Application* pipeline_ = nullptr;
};

http::ServerOptions server_options(const Foundation& foundation) {
  http::ServerOptions options{
      .address = "127.0.0.1",
      .port = static_cast<std::uint16_t>(foundation.settings.port),
      .unix_socket = http::UnixSocketOptions{.path = foundation.home.admin_socket()},
      .loops = 1,
      .limits = {},
      .server_product = "opensentience"};
  // Installing, building and syncing answer when they are done.
  options.limits.handler_timeout = 30min;
  options.limits.body_bytes = 2 * 1024 * 1024;
  return options;
}

http::PipelineOptions pipeline_options() {
  return {.problem_namespace = "opensentience",
          .trusted_proxies = {},
          .cors_origins = {},
          .sign_in = core::sign_in_hint(),
          .browser = http::BrowserPolicy{}};
}

/// The features, and the API before them.
class Service {
 public:
  Service(Foundation& foundation, boost::asio::any_io_executor executor, http::Server& server)
      : features(foundation, std::move(executor)),
        started_at_(foundation.clock.now()),
        server_(server),
        admin_routes_(features.front_door.access),
        login_page_(features.front_door.access),
        agent_routes_(features.knowledge.catalog, features.knowledge.approvals, foundation.files),
        discovery_routes_(features.knowledge.discovery),
        registry_routes_(features.installing.registries),
        install_routes_(features.installing.installer, features.installing.builds,
                        features.installing.updater),
        run_routes_(features.running.launcher),
        router_routes_(features.calling.router),
        audit_routes_(*foundation.database, foundation.files,
                      {.key = foundation.audit_key->public_key(),
                       .checkpoint_file = foundation.home.audit_checkpoints()}),
        event_routes_(features.record.events),
        status_routes_({.status = [this] { return status(); },
                        .health = [this] { return health(); },
                        .metrics = [this] { return features.foundation.metrics.expose(); }}),
        description_(http::Access::admin, {"OpenSentience Core", kVersion, kDescription}, kTags,
                     operations::CsrfSource{"/api/v1/auth/session", "X-CSRF-Token"}),
        limiter_({}, foundation.clock),
        observer_(foundation.access_log, foundation.metrics, foundation.clock),
        pipeline(pipeline_options(), http::Router(routes()),
                 {.authenticator = features.front_door.authenticator,
                  .limiter = limiter_,
                  .observer = observer_,
                  .denials = &features.front_door.denials}) {
    description_.describe(pipeline.router().routes());
    observer_.watch(pipeline.router().routes());
    add_daemon_metrics(features, server);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }

  Features features;

 private:
  http::RouteTable routes();
  DaemonStatus status() const;
  DaemonHealth health() const;

  const base::Timestamp started_at_;
  http::Server& server_;
  core::AdminRoutes admin_routes_;
  LoginPage login_page_;
  core::AgentRoutes agent_routes_;
  core::DiscoveryRoutes discovery_routes_;
  core::RegistryRoutes registry_routes_;
  core::InstallRoutes install_routes_;
  core::RunRoutes run_routes_;
  core::RouterRoutes router_routes_;
  core::AuditRoutes audit_routes_;
  core::EventRoutes event_routes_;
  StatusRoutes status_routes_;
  operations::ApiDescription description_;
  http::LocalRateLimiter limiter_;
  operations::RequestObserver observer_;

 public:
  http::Pipeline pipeline;
};

http::RouteTable Service::routes() {
  http::RouteTable table;
  admin_routes_.add_to(table);
  agent_routes_.add_to(table);
  discovery_routes_.add_to(table);
  registry_routes_.add_to(table);
  install_routes_.add_to(table);
  run_routes_.add_to(table);
  router_routes_.add_to(table);
  audit_routes_.add_to(table);
  event_routes_.add_to(table);
  status_routes_.add_to(table);
  login_page_.add_to(table);
  description_.add_to(table);
  return table;
}

DaemonStatus Service::status() const {
  const auto tools = features.calling.router.tools().list(std::nullopt);
  const auto calls = features.calling.router.calls();
  return {.version = std::string(kVersion),
          .instance_id = features.instance_id,
          .url = url(),
          .home = features.foundation.home.root().native(),
          .pid = ::getpid(),
          .started_at = started_at_,
          .agents_known = static_cast<std::int64_t>(features.knowledge.catalog.size()),
          .agents_running = static_cast<std::int64_t>(features.running.launcher.running()),
          .agents_connected = static_cast<std::int64_t>(features.running.hub.connected()),
          .tools = std::ranges::count_if(tools, &core::ListedTool::is_registered),
          .calls_under_way = std::ranges::count_if(calls, [](const core::CallSummary& call) {
            return call.status == "running" || call.status == "waiting";
          })};
}

DaemonHealth Service::health() const {
  const bool can_audit = features.record.trail.is_accepting();
  const bool is_sealed = features.record.checkpointer.last_result().has_value();
  DaemonHealth health{.status = can_audit && is_sealed ? "ok" : "degraded", .parts = {}};
  health.parts.push_back({"audit_log", can_audit ? "ok" : "cannot be written; calls are refused"});
  health.parts.push_back({"audit_checkpoints", is_sealed ? "ok" : "the last one failed"});
  return health;
}

}  // namespace

struct Daemon::Parts {
  explicit Parts(std::unique_ptr<Foundation> opened)
      : foundation(std::move(opened)), server(server_options(*foundation), pipeline) {}
  ~Parts() { end(); }

  Result<void> start();
  /// Runs a coroutine on the loop and waits for its end.
  Result<void> run_on_loop(Task<void> task);
  void end();

  std::unique_ptr<Foundation> foundation;
  LatePipeline pipeline;
  http::Server server;
  std::unique_ptr<Service> service;
  std::size_t known_agents = 0;  ///< At the start: the loop's catalog is not for other threads.
  bool is_running = false;
};

Result<void> Daemon::Parts::start() {
  if (auto listening = server.listen(); !listening) return listening;
  service = std::make_unique<Service>(*foundation, server.executors().front(), server);
  pipeline.set(service->pipeline);
  if (auto loaded = service->features.load(); !loaded) return loaded;
  known_agents = service->features.knowledge.catalog.size();
  is_running = true;
  if (auto started = run_on_loop(service->features.start()); !started) return started;
  return server.start();
}

Result<void> Daemon::Parts::run_on_loop(Task<void> task) {
  std::promise<Result<void>> ended;
  auto outcome = ended.get_future();
  boost::asio::co_spawn(server.executors().front(), std::move(task),
                        [&ended](std::exception_ptr error, Result<void> result) {
                          if (error) {
                            ended.set_exception(error);
                          } else {
                            ended.set_value(std::move(result));
                          }
                        });
  return outcome.get();
}

void Daemon::Parts::end() {
  if (is_running) {
    is_running = false;
    (void)run_on_loop(service->features.stop());
  }
  server.stop(std::chrono::seconds(foundation->settings.drain_seconds));
  // Threads that resume coroutines end before the loop that these live on, and that before what the
  // coroutines know.
  foundation->scans.stop();
  foundation->files.stop();
  foundation->spawner.stop();
  foundation->database.reset();
  server.clear();
  service.reset();
  foundation->access_log.flush_all();
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::start(core::Home home, Settings settings,
                                              telemetry::Log& log) {
  auto foundation = Foundation::open(std::move(home), std::move(settings), log);
  if (!foundation) return Failure(std::move(foundation.error()));
  auto parts = std::make_unique<Parts>(std::move(*foundation));
  if (auto started = parts->start(); !started) return Failure(std::move(started.error()));
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

std::string Daemon::url() const { return parts_->service->url(); }

std::size_t Daemon::agents() const { return parts_->known_agents; }

void Daemon::reopen_logs() {
  auto& log = parts_->foundation->log;
  for (const auto& reopened : {log.reopen(), parts_->foundation->access_log.reopen()}) {
    if (!reopened) log.error("log_not_reopened", {{"reason", reopened.error().detail}});
  }
}

void Daemon::stop() { parts_->end(); }

}  // namespace sovereign::opensentience
