// One agent as the Core knows it: the row in SQL, what was approved, and how it lives now.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "core/ids.hpp"
#include "core/manifest/manifest.hpp"
#include "core/permissions/approval.hpp"
#include "core/state.hpp"

namespace sovereign::core {

/// Where its source comes from. URLs without user information.
struct Provenance {
  std::string git_url;
  std::string git_ref;
  std::string git_commit;  ///< Of the installed tree; of a local folder, its HEAD (a note only).
  std::string git_tree;
  std::string registry;  ///< Name of the registry it was found in.
  std::string registry_commit;
  std::string expected_manifest_hash;  ///< 64 hex digits, as the registry promises; or empty.

  bool operator==(const Provenance&) const = default;
};

/// As the registry says: information, never authority.
struct RegistryBadge {
  int verification_level = 0;  ///< 0 to 4.
  std::optional<double> trust_score;
  bool is_deprecated = false;
  std::string replacement_id;
  std::string publisher;

  bool operator==(const RegistryBadge&) const = default;
};

/// A newer commit that lies fetched beside the current one until a person approves it.
struct PendingUpdate {
  std::string commit;
  std::string manifest_path;  ///< Absolute.
  std::string manifest_hash;
  std::string permissions_hash;
  std::vector<std::string> permissions;

  bool operator==(const PendingUpdate&) const = default;
};

/// Another folder that holds an agent of the same id: shown, never used.
struct ShadowedCopy {
  std::string manifest_path;
  std::string manifest_hash;

  bool operator==(const ShadowedCopy&) const = default;
};

/// Immutable; a change makes a new one.
struct AgentRecord {
  AgentId id;
  Origin origin = Origin::local_dev;
  std::string name;
  std::string version;
  std::string description;
  std::vector<std::string> keywords;
  std::vector<std::string> integration_points;
  std::vector<std::string> capabilities;
  std::vector<std::string> permissions;  ///< Requested; normalised.

  /// The manifest that holds: of the installed tree, else of the local folder; empty for one that
  /// only a registry lists.
  std::string manifest_path;
  std::string manifest_hash;
  std::string permissions_hash;
  std::vector<ManifestProblem> problems;
  bool is_runnable = false;  ///< What ManifestReading said.

  Provenance provenance;
  RegistryBadge badge;
  InstallState install = InstallState::none;
  BuildState build = BuildState::not_built;
  Enablement enablement = Enablement::none;
  std::string install_path;  ///< The current tree; empty unless installed.
  std::optional<base::Timestamp> built_at;
  std::string last_error;  ///< One line, 1000 bytes at most.
  std::optional<PendingUpdate> pending;

  base::Timestamp discovered_at{};
  base::Timestamp last_seen_at{};  ///< When what a folder or a registry says was last taken over.
  /// Its folder, or the registry entry it came from, is there no more. What is installed goes on.
  bool is_gone = false;
  std::vector<ShadowedCopy> shadowed;
  LiveState live;

  /// One word for lists: summary_status(), or "gone" for what is neither there nor installed.
  std::string_view status() const;
  /// What an approval of the current manifest is bound to.
  ManifestPin pin() const;
  /// The folder it runs in: the installed tree, or the folder of its manifest.
  std::string folder() const;

  bool operator==(const AgentRecord&) const = default;
};

}  // namespace sovereign::core
