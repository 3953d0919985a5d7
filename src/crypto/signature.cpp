#include "crypto/signature.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "base/encoding.hpp"

namespace sovereign::crypto {
namespace {

constexpr std::size_t kSignatureBytes = 64;

template <auto Release>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    Release(object);
  }
};

using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>>;

}  // namespace

bool verify_ed25519(const Ed25519PublicKey& key, std::string_view message,
                    std::span<const std::uint8_t> signature) {
  if (signature.size() != kSignatureBytes) return false;
  const Key public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  if (!public_key || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) != 1) {
    return false;
  }
  const auto bytes = base::as_bytes(message);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(),
                          bytes.size()) == 1;
}

std::optional<Ed25519PublicKey> parse_ed25519_key(std::string_view base64url) {
  const auto bytes = base::from_base64url(base64url);
  Ed25519PublicKey key;
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  std::ranges::copy(*bytes, key.begin());
  return key;
}

}  // namespace sovereign::crypto
