// opensentience.agent.json: reading it as pure data. A bad manifest is shown with its problems
// rather than lost, so there are two tiers: an id is enough to be listed, but only a manifest
// without errors may be approved and run. Runs no code, opens nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/errors.hpp"
#include "core/ids.hpp"
#include "core/permissions/permission_list.hpp"

namespace sovereign::core {

inline constexpr std::string_view kManifestName = "opensentience.agent.json";
inline constexpr std::size_t kManifestBytes = 262'144;
inline constexpr std::size_t kManifestDepth = 32;
inline constexpr std::size_t kMaxPermissions = 500;

/// `development` takes single-label ids too, with a warning: for folders on this machine only.
enum class IdRule { strict, development };

enum class ProblemSeverity {
  warning,  ///< Worth showing; hinders nothing.
  error,    ///< The agent can be listed, neither approved nor run.
};

/// What is wrong with one member. Never holds more of the manifest than names and short values.
struct ManifestProblem {
  std::string path;     ///< RFC 6901 pointer; empty for the document.
  std::string code;     ///< missing_field, invalid_field, invalid_entrypoint, duplicate_key ...
  std::string message;  ///< One sentence that says what is wanted.
  ProblemSeverity severity = ProblemSeverity::error;

  bool operator==(const ManifestProblem&) const = default;
};

enum class EntrypointType { mix_task, release, command };
/// "mix_task", "release", "command".
std::string_view to_string(EntrypointType type);

/// How it is started. `value` is one word or path: it is never split into arguments.
struct Entrypoint {
  EntrypointType type = EntrypointType::mix_task;
  std::string value;
};

/// A declared amount in the unit its member names, and as it was written.
struct Quantity {
  std::uint64_t value = 0;
  std::string requested;
};

/// What the agent says it needs: information for people; the operator's limits win.
struct DeclaredResources {
  std::optional<Quantity> cpu_request_millicores;
  std::optional<Quantity> cpu_limit_millicores;
  std::optional<Quantity> memory_request_bytes;
  std::optional<Quantity> memory_limit_bytes;
  std::optional<Quantity> disk_limit_bytes;
  std::optional<Quantity> bandwidth_limit_bits;  ///< A second.
  std::optional<Quantity> max_connections;
};

struct DeclaredLimits {
  std::optional<Quantity> max_tool_call_ms;
  std::optional<Quantity> max_concurrent_calls;
  std::optional<Quantity> rate_limit;  ///< Calls in `rate_period`.
  std::chrono::seconds rate_period{60};
};

/// Display only: what really can be called is what the running agent registers.
struct ToolSummary {
  std::string name;
  std::string description;
};

/// Self-declared and so untrusted.
struct Publisher {
  std::string name;
  std::string url;
};

/// Members that were valid; one that was not is empty here and named in the problems.
struct Manifest {
  std::string name;
  std::string version;
  std::string description;
  std::string git_url;
  std::string git_ref;
  std::optional<Entrypoint> entrypoint;
  std::vector<std::string> permissions;  ///< Trimmed, none empty, each once, sorted.
  std::vector<std::string> capabilities;
  std::vector<std::string> keywords;
  std::vector<std::string> integration_points;
  std::vector<ToolSummary> tool_summary;
  std::string docs_url;
  std::string homepage_url;
  std::string repository_url;
  DeclaredResources resources;
  DeclaredLimits limits;
  Publisher publisher;
  std::vector<std::string> unknown_members;  ///< Names; shown, never interpreted.
};

struct ManifestReading {
  std::string hash;              ///< SHA-256 of the raw bytes, 64 lower-case hex digits.
  std::string permissions_hash;  ///< hash_permissions(manifest.permissions).
  std::optional<AgentId> id;     ///< Nothing: the document cannot even be listed.
  Manifest manifest;
  std::vector<ManifestProblem> problems;  ///< 100 at most.
  /// Every required member is valid, every permission parses: it may be approved and run.
  bool is_runnable = false;
  /// Why not: manifest_invalid, manifest_unsupported_version or manifest_too_large.
  CoreCode refusal = CoreCode::manifest_invalid;
};

/// Never fails: what is wrong is in the answer.
ManifestReading read_manifest(std::string_view bytes, IdRule rule);

/// The error for a reading that is not runnable; names the first problem.
base::Failure refuse(const ManifestReading& reading);

/// Semantic versioning 2.0.0: 1.2.3, 1.2.3-rc.1+build.5; 100 bytes at most.
bool is_semantic_version(std::string_view text);

}  // namespace sovereign::core
