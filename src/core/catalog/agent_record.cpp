#include "core/catalog/agent_record.hpp"

namespace sovereign::core {

std::string_view AgentRecord::status() const {
  if (is_gone && origin != Origin::installed) return "gone";
  return summary_status(origin, install, build, enablement, live.run);
}

ManifestPin AgentRecord::pin() const {
  const bool is_installed = origin == Origin::installed;
  return {.manifest_hash = manifest_hash,
          .permissions_hash = permissions_hash,
          .commit = is_installed ? provenance.git_commit : std::string(),
          .folder = is_installed ? std::string() : folder()};
}

std::string AgentRecord::folder() const {
  if (origin == Origin::installed) return install_path;
  const auto slash = manifest_path.rfind('/');
  return slash == std::string::npos ? std::string() : manifest_path.substr(0, slash);
}

}  // namespace sovereign::core
