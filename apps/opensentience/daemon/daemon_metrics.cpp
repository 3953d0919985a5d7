#include "daemon/daemon_metrics.hpp"

namespace sovereign::opensentience {

void add_daemon_metrics(Features& features, http::Server& server) {
  auto& metrics = features.foundation.metrics;
  metrics.add_process_metrics();
  metrics.observe_gauge(
      {.name = "opensentience_catalog_agents_total", .help = "Agents that are known."},
      [&] { return static_cast<double>(features.knowledge.catalog.size()); });
  metrics.observe_gauge({.name = "opensentience_launcher_running", .help = "Agents that run."},
                        [&] { return static_cast<double>(features.running.launcher.running()); });
  metrics.observe_counter(
      {.name = "opensentience_audit_posted_total", .help = "Audit rows of calls and connections."},
      [&] { return static_cast<double>(features.record.trail.posted()); });
  metrics.observe_counter(
      {.name = "opensentience_audit_refused_total", .help = "Audit rows that were not taken."},
      [&] { return static_cast<double>(features.record.trail.refused()); });
  metrics.observe_gauge({.name = "opensentience_event_subscribers", .help = "Who listens."},
                        [&] { return static_cast<double>(features.record.events.subscribers()); });
  metrics.observe_gauge({.name = "http_open_connections", .help = "Client connections."},
                        [&] { return static_cast<double>(server.status().open_connections); });
  metrics.observe_gauge({.name = "database_waiting_writes", .help = "Writes in the queue."}, [&] {
    return static_cast<double>(features.foundation.database->status().waiting_writes);
  });
  metrics.observe_counter(
      {.name = "log_dropped_lines_total", .help = "Log lines that were never written."}, [&] {
        return static_cast<double>(features.foundation.log.dropped_lines() +
                                   features.foundation.access_log.dropped_lines());
      });
}

}  // namespace sovereign::opensentience
