#include "core/permissions/drift.hpp"

#include <algorithm>
#include <iterator>

namespace sovereign::core {

PermissionChanges compare_permissions(const std::vector<std::string>& before,
                                      const std::vector<std::string>& after) {
  PermissionChanges changes;
  std::ranges::set_difference(after, before, std::back_inserter(changes.added));
  std::ranges::set_difference(before, after, std::back_inserter(changes.removed));
  std::ranges::set_intersection(before, after, std::back_inserter(changes.unchanged));
  return changes;
}

std::optional<Drift> drift_of(const Approval& approval, const ManifestPin& current) {
  if (approval.pin == current) return std::nullopt;
  const auto& approved = approval.pin;
  return Drift{
      .manifest_changed = approved.manifest_hash != current.manifest_hash,
      .permissions_changed = approved.permissions_hash != current.permissions_hash,
      .source_changed = approved.commit != current.commit || approved.folder != current.folder,
      .approved_manifest_hash = approved.manifest_hash,
      .current_manifest_hash = current.manifest_hash,
      .approved_permissions_hash = approved.permissions_hash,
      .current_permissions_hash = current.permissions_hash};
}

}  // namespace sovereign::core
