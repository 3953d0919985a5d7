// Installing and uninstalling: install fetches data and executes nothing. Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "core/install/install_parts.hpp"
#include "core/install/install_types.hpp"

namespace sovereign::core {

enum class PrivateData : std::uint8_t { remove, keep };

class Installer {
 public:
  explicit Installer(AgentParts parts) : parts_(std::move(parts)), store_(parts_.base.database) {}

  /// Ends what the last run of the Core left half done and removes folders nobody knows. After
  /// Catalog::load(), before anything else.
  Task<void> settle();

  /// Of an agent in development: linked, it runs where it is. Else: fetched from the registry.
  /// Goes on when the caller goes away. Errors: agent_not_found, registry_not_found,
  /// registry_invalid_url (ref), `conflict` (is installed already), install_busy, those of
  /// TreeFetcher, `unavailable`.
  Task<InstallAnswer> install(AgentId agent, InstallRequest request, Requester requester);

  /// Stops it, ends its approval, removes trees, mirror, build folder and private folder. Errors:
  /// agent_not_installed, install_busy, those of stopping, `unavailable`.
  Task<void> uninstall(AgentId agent, PrivateData data, Requester requester);

 private:
  Task<InstallAnswer> run_install(AgentId agent, InstallRequest request, Requester requester);
  Task<InstallAnswer> link(AgentId agent, Requester requester);
  Task<InstallAnswer> fetch(TreeSource source, Requester requester);
  Task<InstallAnswer> fetch_and_record(TreeSource source, Requester requester);
  Task<void> start(const TreeSource& source, Requester requester);
  Task<void> record_failure(AgentId agent, Error error, Requester requester);
  Task<void> run_uninstall(AgentId agent, PrivateData data, Requester requester);
  Task<void> revoke(AgentId agent, Requester requester);
  Task<void> settle_states(const std::vector<InstalledTree>& trees);
  void announce(const AgentId& agent, std::string_view state) const;

  AgentParts parts_;
  TreeStore store_;
};

/// What to fetch of an agent that a registry lists.
Result<TreeSource> source_of(const ListedAgent& listed, const std::optional<std::string>& ref);

}  // namespace sovereign::core
