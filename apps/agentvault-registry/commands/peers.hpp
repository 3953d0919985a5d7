// agentvault-registry peer ...: the other registries that this one is searched together with.
#pragma once

#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "registry/federation/rules.hpp"

namespace sovereign::registry_app {

struct PeerOptions {
  std::string url;
  std::string name;
  std::string contact;
  std::string description;
  std::string mode = "query";
  std::string tls_pin;
  std::string ca_file;
  std::vector<std::string> peers;  ///< By name, URL or id.
  bool token_stdin = false;
  bool json = false;
};

int add_peer(const Settings& settings, const PeerOptions& options);
int list_peers(const Settings& settings, const PeerOptions& options);
/// Approves, rejects, deactivates or reactivates the one peer named.
int change_peer(const Settings& settings, const PeerOptions& options, registry::PeerAction action);
int remove_peer(const Settings& settings, const PeerOptions& options);
/// Contacts the peers named, or all active ones; kFailed unless all is well.
int check_peers(const Settings& settings, const PeerOptions& options);

}  // namespace sovereign::registry_app
