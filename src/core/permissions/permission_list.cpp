#include "core/permissions/permission_list.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "json/write.hpp"

namespace sovereign::core {

std::vector<std::string> normalise_permissions(std::vector<std::string> permissions) {
  for (auto& permission : permissions) permission = std::string(base::trim_ascii(permission));
  std::ranges::sort(permissions);
  const auto repeated = std::ranges::unique(permissions);
  permissions.erase(repeated.begin(), repeated.end());
  std::erase(permissions, "");
  return permissions;
}

std::string hash_permissions(const std::vector<std::string>& permissions) {
  return base::to_hex(crypto::sha256(json::to_text(permissions)));
}

}  // namespace sovereign::core
