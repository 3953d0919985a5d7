#include "crypto/signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_file.hpp"

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
/// OpenSSL is out of memory or was built without Ed25519: nothing safe can follow.
void require(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL cannot sign with Ed25519");
}

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

Ed25519Key::Ed25519Key(std::shared_ptr<void> key) : key_(std::move(key)) {
  std::size_t size = public_key_.size();
  require(EVP_PKEY_get_raw_public_key(static_cast<EVP_PKEY*>(key_.get()), public_key_.data(),
                                      &size) == 1);
}

Ed25519Key Ed25519Key::from_seed(std::span<const std::uint8_t, 32> seed) {
  std::shared_ptr<EVP_PKEY> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
      &EVP_PKEY_free);
  require(key != nullptr);
  return Ed25519Key(std::move(key));
}

Result<Ed25519Key> Ed25519Key::load_or_create(const std::filesystem::path& path,
                                              base::Random& random) {
  constexpr std::size_t kSeedBytes = 32;
  auto text = load_or_create_key(path, kSeedBytes, random);
  if (!text) return Failure(std::move(text).error());
  auto seed = base::from_base64url(*text);
  wipe(*text);
  if (!seed || seed->size() != kSeedBytes) {
    return base::fail(
        ErrorCode::unavailable,
        fmt::format("Key file {}: it holds no Ed25519 key; restore it or move it away.",
                    path.string()));
  }
  auto key = from_seed(std::span(*seed).first<kSeedBytes>());
  wipe(*seed);
  return key;
}

Ed25519Signature Ed25519Key::sign(std::string_view message) const {
  Ed25519Signature signature;
  std::size_t size = signature.size();
  const Context context(EVP_MD_CTX_new());
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  const auto bytes = base::as_bytes(message);
  require(context != nullptr &&
          EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
          EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) == 1);
  return signature;
}

}  // namespace sovereign::crypto
