// The SQL of artifacts: their rows, what they take, and the objects that nothing needs any more.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "registry/artifacts/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// What an agent, or an account, keeps.
struct ArtifactUsage {
  std::int64_t bytes = 0;
  std::int64_t files = 0;
};

/// How a row is to change: from `before` to `after`; either may be missing, not both.
struct ArtifactChange {
  UserId owner;
  std::optional<Artifact> before;
  std::optional<Artifact> after;
  Timestamp at{};
};

/// Notes that an object will be written: it is removed again unless a row is made for it in time.
sql::Call announce_object(const blob::Key& key, Timestamp at);

/// The calls that change a row, with the object of `after` needed from then on and that of `before`
/// no more. They are rejected when another change came first, a quota does not allow it, or the
/// object was given up meanwhile: why_rejected().
std::vector<sql::Call> change_calls(const ArtifactChange& change, const ArtifactLimits& limits);

enum class ArtifactRejection : std::uint8_t { agent_quota, account_quota, too_late, changed };
ArtifactRejection why_rejected(const sql::Rejection& rejection);

/// The calls that drop all artifacts of an agent; for the Write that removes the agent.
std::vector<sql::Call> drop_artifacts_calls(AgentId agent, UserId owner, Timestamp at);

class ArtifactStore {
 public:
  explicit ArtifactStore(sql::Database& database) : database_(database) {}

  Task<std::optional<Artifact>> find(AgentId agent, std::string_view name);
  /// By name.
  Task<std::vector<Artifact>> list(AgentId agent);
  Task<ArtifactUsage> usage_of(AgentId agent);
  Task<ArtifactUsage> usage_of(UserId account);

  /// Objects without need since before `cutoff`, some of them; no row can be made for them any
  /// more.
  Task<std::vector<blob::Key>> give_up_objects(Timestamp cutoff);
  /// The object is gone from the store.
  Task<void> forget_object(const blob::Key& key);

 private:
  Task<ArtifactUsage> usage(std::string owner);

  sql::Database& database_;
};

}  // namespace sovereign::registry
