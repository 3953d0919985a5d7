#include "registry/changes/signature.hpp"

#include "base/encoding.hpp"

namespace sovereign::registry {

std::string IdentityBatchSigner::sign(std::string_view bytes) const {
  return base::to_base64url(identity_.sign(bytes));
}

std::string signed_batch_bytes(std::string_view body) {
  return std::string(kBatchSignatureContext).append(body);
}

bool is_batch_of(const crypto::Ed25519PublicKey& identity, std::string_view body,
                 std::string_view signature) {
  const auto bytes = base::from_base64url(signature);
  return bytes && crypto::verify_ed25519(identity, signed_batch_bytes(body), *bytes);
}

}  // namespace sovereign::registry
