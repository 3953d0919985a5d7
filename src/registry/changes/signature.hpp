// Signatures of batches of the change feed (docs/formats/change-feed.md): ours, and a peer's
// checked.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "crypto/signature.hpp"
#include "registry/changes/types.hpp"

namespace sovereign::registry {

/// Signs with the registry's identity.
class IdentityBatchSigner final : public BatchSigner {
 public:
  explicit IdentityBatchSigner(crypto::Ed25519Key identity) : identity_(std::move(identity)) {}
  std::string sign(std::string_view bytes) const override;

 private:
  const crypto::Ed25519Key identity_;
};

/// What is signed for a batch with this body.
std::string signed_batch_bytes(std::string_view body);

/// Whether `signature`, the value of kBatchSignatureHeader, is the registry's with `identity` for a
/// batch with exactly this body.
bool is_batch_of(const crypto::Ed25519PublicKey& identity, std::string_view body,
                 std::string_view signature);

}  // namespace sovereign::registry
