#include "server_metrics.hpp"

#include "blob/s3_store.hpp"

namespace sovereign::registry_app {
namespace {

/// Shows numbers that a part counts for itself.
auto counted_by(telemetry::Metrics& metrics) {
  return
      [&](std::string_view name, std::string_view help, const std::atomic<std::uint64_t>& value) {
        metrics.observe_counter({.name = std::string(name), .help = std::string(help)},
                                [&value] { return static_cast<double>(value.load()); });
      };
}

void add_artifact_metrics(telemetry::Metrics& metrics, registry::ArtifactService& artifacts) {
  const auto count = counted_by(metrics);
  auto& counts = artifacts.counts();
  count("artifact_uploads_total", "Artifacts stored.", counts.uploads);
  count("artifact_uploaded_bytes_total", "Bytes of artifacts stored.", counts.uploaded_bytes);
  count("artifact_downloads_total", "Downloads of artifacts begun.", counts.downloads);
  count("artifact_downloaded_bytes_total", "Bytes of artifacts sent.", counts.downloaded_bytes);
  count("artifact_collected_objects_total", "Stored objects removed since nothing needs them.",
        counts.collected_objects);
}

void add_blob_metrics(telemetry::Metrics& metrics, const blob::Store& store) {
  const auto* s3 = dynamic_cast<const blob::S3Store*>(&store);
  if (s3 == nullptr) return;
  const auto count = counted_by(metrics);
  count("s3_requests_total", "Requests to the S3 store, retries included.", s3->counts().requests);
  count("s3_retries_total", "Requests that were tried again.", s3->counts().retries);
  count("s3_failures_total", "Calls that the S3 store could not serve.", s3->counts().failures);
}

}  // namespace

namespace {

void add_redis_metrics(Infrastructure& base, Services& services) {
  auto* redis = base.store.shared->redis();
  if (redis == nullptr) return;
  base.store.shared->add_metrics(base.metrics);
  base.metrics.observe_gauge(
      {.name = "redis_subscribed", .help = "1 while messages of other replicas come through."},
      [redis] { return redis->is_subscribed() ? 1.0 : 0.0; });
  base.metrics.observe_counter(
      {.name = "rate_limit_fallbacks_total",
       .help = "Requests counted by this replica alone, since Redis did not answer."},
      [&] { return static_cast<double>(services.shared_limiter->fallbacks()); });
  base.metrics.observe_counter(
      {.name = "revocation_messages_total",
       .help = "Messages that a session, key or account changed, its own included."},
      [&] { return static_cast<double>(services.revocations.received()); });
}

}  // namespace

void add_server_metrics(Infrastructure& base, Services& services, http::Server& server) {
  auto& metrics = base.metrics;
  metrics.add_process_metrics();
  add_redis_metrics(base, services);
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
  add_artifact_metrics(metrics, services.artifacts);
  add_blob_metrics(metrics, *base.blobs);
  metrics.observe_gauge(
      {.name = "ended_sessions", .help = "Ended sessions whose tokens still run."},
      [&] { return static_cast<double>(services.standing.ended_sessions()); });
  metrics.observe_gauge({.name = "registry_federation_peers", .help = "Active peers."},
                        [&] { return static_cast<double>(services.peers.active()->size()); });
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
