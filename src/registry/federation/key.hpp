// The federation key: one secret of a registry, the same on all its replicas, from which follow the
// key that seals the tokens it presents to peers, the one that digests those it accepts, and its
// identity, an Ed25519 key that signs its change feed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/secret_box.hpp"
#include "crypto/signature.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

/// Any thread.
class FederationKey {
 public:
  static constexpr std::size_t kMinBytes = 32;

  /// `secret` is unpredictable and has kMinBytes or more.
  explicit FederationKey(std::string_view secret);

  /// The key in `secret`, or, when that is empty, in the file at `path`, which is made if need be.
  /// Errors: unprocessable (too short), and those of crypto::load_or_create_key().
  static Result<FederationKey> load(std::string_view secret, const std::filesystem::path& path,
                                    base::Random& random);

  /// Signs the change feed; its public key is in /federation/info.
  const crypto::Ed25519Key& identity() const { return identity_; }

  /// What is kept of a token that a peer presents to us.
  crypto::Digest256 token_digest(std::string_view token) const;

  /// A token we present, as the database keeps it: base64url, readable only as this peer's.
  std::string seal_token(PeerId peer, std::string_view token, base::Random& random) const;
  /// nullopt when it was sealed with another key or for another peer.
  std::optional<std::string> open_token(PeerId peer, std::string_view sealed) const;

 private:
  crypto::Key256 sealing_;
  crypto::HmacKey digests_;
  crypto::Ed25519Key identity_;
};

}  // namespace sovereign::registry
