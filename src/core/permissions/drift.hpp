// What an agent asks for now against what was approved: pure comparison.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/permissions/approval.hpp"

namespace sovereign::core {

/// Three lists of one comparison, each sorted.
struct PermissionChanges {
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> unchanged;

  bool operator==(const PermissionChanges&) const = default;
};

/// Both normalised.
PermissionChanges compare_permissions(const std::vector<std::string>& before,
                                      const std::vector<std::string>& after);

/// Why an approval does not hold for what is there now.
struct Drift {
  bool manifest_changed = false;
  bool permissions_changed = false;
  bool source_changed = false;  ///< Another commit or another folder.
  std::string approved_manifest_hash;
  std::string current_manifest_hash;
  std::string approved_permissions_hash;
  std::string current_permissions_hash;
};

/// Nothing when `approval` holds for `current`.
std::optional<Drift> drift_of(const Approval& approval, const ManifestPin& current);

}  // namespace sovereign::core
