// What a person allowed an agent, bound to exactly what they saw.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/actor.hpp"
#include "core/ids.hpp"
#include "core/permissions/permission.hpp"

namespace sovereign::core {

/// Names the manifest and the source that an approval holds for.
struct ManifestPin {
  std::string manifest_hash;
  std::string permissions_hash;  ///< Of everything requested.
  std::string commit;            ///< Of an installed tree; empty for a folder in development.
  std::string folder;            ///< Of a folder in development; empty for an installed tree.

  bool operator==(const ManifestPin&) const = default;
};

/// Immutable; who holds one checks by pointer against Approvals::active() whether it still holds.
struct Approval {
  ApprovalId id;
  AgentId agent;
  std::vector<std::string> permissions;  ///< Normalised; a subset of what was requested.
  PermissionSet granted;                 ///< The same, parsed.
  std::vector<std::string> requested;    ///< All that the manifest asked for then; normalised.
  ManifestPin pin;
  Actor approved_by;
  base::Timestamp at;
};

}  // namespace sovereign::core
