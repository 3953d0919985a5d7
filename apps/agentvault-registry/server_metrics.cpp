#include "server_metrics.hpp"

namespace sovereign::registry_app {

void add_server_metrics(Infrastructure& base, Services& services, http::Server& server) {
  auto& metrics = base.metrics;
  metrics.add_process_metrics();
  metrics.observe_gauge(
      {.name = "registry_active_agents", .help = "Agents in the catalog, of any status."},
      [&] { return static_cast<double>(services.catalog.snapshot()->size()); });
  metrics.observe_gauge({.name = "http_open_connections", .help = "Client connections."},
                        [&] { return static_cast<double>(server.status().open_connections); });
  metrics.observe_counter(
      {.name = "http_accepted_connections_total", .help = "Connections accepted."},
      [&] { return static_cast<double>(server.status().accepted_connections); });
  metrics.observe_counter(
      {.name = "http_refused_connections_total", .help = "Connections over a limit."},
      [&] { return static_cast<double>(server.status().refused_connections); });
  metrics.observe_gauge({.name = "database_waiting_writes", .help = "Writes in the queue."}, [&] {
    return static_cast<double>(base.store.database->status().waiting_writes);
  });
  metrics.observe_gauge({.name = "database_waiting_reads", .help = "Reads in the queue."}, [&] {
    return static_cast<double>(base.store.database->status().waiting_reads);
  });
  metrics.observe_counter(
      {.name = "database_commits_total", .help = "Transactions committed."},
      [&] { return static_cast<double>(base.store.database->status().commits); });
  metrics.observe_counter(
      {.name = "database_writes_total", .help = "Writes in those transactions."},
      [&] { return static_cast<double>(base.store.database->status().committed_writes); });
  metrics.observe_gauge({.name = "password_jobs_waiting", .help = "Password hashes in the queue."},
                        [&] { return static_cast<double>(base.pools.passwords.queued()); });
  metrics.observe_counter({.name = "password_hashes_total", .help = "Password hashes computed."},
                          [&] { return static_cast<double>(services.passwords.computed()); });
  metrics.observe_gauge(
      {.name = "ended_sessions", .help = "Ended sessions whose tokens still run."},
      [&] { return static_cast<double>(services.standing.ended_sessions()); });
  metrics.observe_gauge(
      {.name = "changes_streams", .help = "Readers of the change feed that stay connected."},
      [&] { return static_cast<double>(services.change_hub.status().streams); });
  metrics.observe_counter(
      {.name = "changes_cutoffs_total", .help = "Readers of the change feed that were too slow."},
      [&] { return static_cast<double>(services.change_hub.status().cutoffs); });
  metrics.observe_gauge(
      {.name = "changes_position", .help = "The newest change of the feed in this process."},
      [&] { return static_cast<double>(services.change_hub.newest()); });
  metrics.observe_gauge(
      {.name = "changes_memory_bytes", .help = "Recent changes kept for all readers."},
      [&] { return static_cast<double>(services.change_hub.status().bytes); });
  metrics.observe_gauge(
      {.name = "changes_lag_seconds",
       .help = "From the newest change of the feed to when it was published here."},
      [&] { return services.change_hub.status().lag_seconds; });
  metrics.observe_counter(
      {.name = "log_dropped_lines_total", .help = "Log lines that were never written."}, [&] {
        return static_cast<double>(base.log.dropped_lines() + base.access_log.dropped_lines());
      });
}

}  // namespace sovereign::registry_app
