// The rules of artifacts: who may write and read them, quotas, and the order of operations by which
// a row never points to a missing object and an object without a row goes away:
//
//   upload:  note the object as unneeded; write it; in one transaction make the row and unnote it
//   removal: in one transaction drop the row and note the object as unneeded
//   collect: mark what has been unneeded for kGrace as given up; remove it; forget it
//
// A crash between two steps leaves a note, and collect() does the rest.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "blob/store.hpp"
#include "registry/agents/service.hpp"
#include "registry/artifacts/store.hpp"

namespace sovereign::registry {

/// All must outlive the service.
struct ArtifactParts {
  sql::Database& database;
  blob::Store& objects;
  const Catalog& catalog;
  const Clock& clock;
  base::Random& random;
};

/// An upload before its bytes are there.
struct ArtifactUpload {
  AgentId agent;
  std::string name;
  std::string media_type;
  std::string if_match;  ///< The headers' values, or empty.
  std::string if_none_match;
};

struct StoredArtifact {
  Artifact artifact;
  bool is_new = false;  ///< Else it replaced one of its name.
};

/// Since the start, for metrics.
struct ArtifactCounts {
  std::atomic<std::uint64_t> uploads = 0;
  std::atomic<std::uint64_t> uploaded_bytes = 0;
  std::atomic<std::uint64_t> downloads = 0;
  std::atomic<std::uint64_t> downloaded_bytes = 0;
  std::atomic<std::uint64_t> collected_objects = 0;
};

class ArtifactService {
 public:
  /// Longer than any upload may take to be stored, and any download to be read.
  static constexpr std::chrono::minutes kGrace{60};

  ArtifactService(ArtifactParts parts, ArtifactLimits limits);

  /// Whether `caller` may change the agent's artifacts. Errors: `not_found`, `forbidden`.
  Result<SharedRecord> writable(AgentId agent, const Caller& caller) const;
  /// Whether who asks may read them: anyone while the agent is active or deprecated, else its
  /// publisher and administrators. Error: `not_found`.
  Result<SharedRecord> readable(AgentId agent, const http::Request& request) const;

  /// What can be said against an upload of `size` bytes before they are sent. Errors:
  /// `precondition_failed`, `conflict` (over a quota).
  Task<void> admit(const ArtifactUpload& upload, UserId owner, std::uint64_t size);

  /// Keeps the content. Errors: those of admit(), `conflict` when another upload of the name came
  /// first, `unavailable`.
  Task<StoredArtifact> put(const ArtifactUpload& upload, blob::Content content,
                           const AgentRecord& agent, const Caller& caller);

  /// Errors: `not_found`.
  Task<Artifact> find(AgentId agent, std::string_view name);
  Task<std::vector<Artifact>> list(AgentId agent);
  Task<std::unique_ptr<blob::Reader>> open(const Artifact& artifact,
                                           std::optional<blob::ByteRange> range);

  /// Errors: `not_found`, `precondition_failed`, `conflict`.
  Task<void> remove(const AgentRecord& agent, std::string name, std::string if_match,
                    const Caller& caller);

  /// Removes objects that nothing needs; call it about once a minute. Error: `unavailable`; what is
  /// left is for the next call.
  Task<void> collect();

  const std::string& registry_url() const { return parts_.catalog.registry_url(); }
  const ArtifactLimits& limits() const { return limits_; }
  ArtifactCounts& counts() { return counts_; }

 private:
  Task<void> change(ArtifactChange change, std::string_view action, const Caller& caller);
  Failure over_quota(ArtifactRejection which) const;

  const ArtifactParts parts_;
  const ArtifactLimits limits_;
  ArtifactStore store_;
  ArtifactCounts counts_;
};

}  // namespace sovereign::registry
