// /api/v1/agents/{id}/artifacts: uploads and downloads, streamed both ways; and the agent's card as
// it was given.
#pragma once

#include <atomic>
#include <filesystem>

#include "async/worker_pool.hpp"
#include "blob/spool.hpp"
#include "http/endpoint.hpp"
#include "registry/artifacts/service.hpp"

namespace sovereign::registry {

struct ArtifactRouteOptions {
  std::filesystem::path spool_folder;  ///< Where uploads wait until they are whole.
  std::uint64_t max_bytes = std::uint64_t{256} << 20U;  ///< Of one artifact; 413.
};

class ArtifactRoutes {
 public:
  /// Uploads at once, each of which may fill max_bytes of the spool folder's disk.
  static constexpr int kMaxUploads = 32;

  /// All must outlive the table; `pool` writes the spool.
  ArtifactRoutes(ArtifactService& service, async::WorkerPool& pool, ArtifactRouteOptions options);

  void add_to(http::RouteTable& routes);

  Task<http::Reply<ArtifactView>> upload(const http::Request& request);
  Task<http::Response> download(const http::Request& request);
  Task<http::Reply<ArtifactList>> list(const http::Request& request);
  Task<http::NoContent> remove(const http::Request& request);
  Result<http::Response> card(const http::Request& request);

 private:
  void add_reads(http::RouteTable& routes);
  Task<blob::SpooledFile> receive(const http::Request& request);
  Task<http::Response> send(const http::Request& request, const Artifact& artifact, bool is_public);

  ArtifactService& service_;
  async::WorkerPool& pool_;
  const ArtifactRouteOptions options_;
  std::atomic<int> uploads_ = 0;
};

}  // namespace sovereign::registry
