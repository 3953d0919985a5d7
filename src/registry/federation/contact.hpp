// Speaking to a peer to get to know it, and to find out what is wrong between the two.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "http/client.hpp"
#include "registry/federation/info.hpp"
#include "registry/federation/peers.hpp"
#include "registry/federation/rules.hpp"

namespace sovereign::registry {

struct ContactOptions {
  PeerAddresses addresses = PeerAddresses::public_only;
  std::filesystem::path ca_file;  ///< Roots trusted instead of the system's; empty: the system's.
  std::chrono::milliseconds timeout{5000};  ///< For one answer.
};

/// One thing that was tried with a peer.
struct PeerCheck {
  std::string check;  ///< "info", "identity" or "query".
  bool passed = false;
  std::string detail;  ///< What was found; when it failed, what is wrong and who can mend it.
};

/// Everything that was tried with one peer.
struct PeerReport {
  std::string name;
  std::string registry_url;
  std::vector<PeerCheck> checks;
  bool passed() const;
};

class PeerContact {
 public:
  /// The client must outlive this.
  PeerContact(http::Client& client, ContactOptions options)
      : client_(client), options_(std::move(options)) {}

  /// What the registry at `url` says of itself. Errors: those of http::Client; unavailable when the
  /// answer is not what a registry gives.
  Task<FederationInfo> info(std::string url, std::optional<std::string> tls_pin);

  /// Tries all that a federated search needs of this peer: its info, its identity, and a query with
  /// our token. Never an error: what goes wrong is in the report.
  Task<PeerReport> check(ActivePeer peer);

 private:
  http::ClientRequest request(std::string url, const std::optional<std::string>& tls_pin) const;
  Task<PeerCheck> check_query(const ActivePeer& peer);

  http::Client& client_;
  const ContactOptions options_;
};

/// What a peer's answer to a query means for whoever set the two up.
PeerCheck judge_query(int status, std::string_view body);
/// Whether the peer is the one that it was.
PeerCheck judge_identity(const ActivePeer& peer, const FederationInfo& info);

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::PeerCheck> {
  using T = sovereign::registry::PeerCheck;
  static constexpr std::string_view name = "PeerCheck";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("check", &T::check), field("passed", &T::passed),
                                            field("detail", &T::detail)};
};

template <>
struct sovereign::json::Table<sovereign::registry::PeerReport> {
  using T = sovereign::registry::PeerReport;
  static constexpr std::string_view name = "PeerReport";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("name", &T::name), field("registry_url", &T::registry_url),
                 field("checks", &T::checks)};
};
