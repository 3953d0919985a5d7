#include "crypto/secret_box.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <cstdlib>
#include <memory>

namespace sovereign::crypto {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

/// OpenSSL fails here only when memory is gone or the library is broken; neither leaves a safe way
/// on.
void require(bool ok) {
  if (!ok) std::abort();
}

struct Free {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

/// Never null: to OpenSSL that says "no value", which an empty one is not.
const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data() == nullptr ? "" : text.data());
}

std::uint8_t* bytes_of(std::string& text) { return reinterpret_cast<std::uint8_t*>(text.data()); }

/// A parameter that OpenSSL only reads, through an interface that does not say so.
OSSL_PARAM octets(const char* name, std::string_view value) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes_of(value)),
                                           value.size());
}

enum class Direction { open = 0, seal = 1 };

CipherContext start(Direction direction, const Key256& key, const std::uint8_t* nonce,
                    std::string_view context) {
  CipherContext cipher(EVP_CIPHER_CTX_new());
  require(cipher && EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce,
                                      static_cast<int>(direction)) == 1);
  int ignored = 0;
  require(EVP_CipherUpdate(cipher.get(), nullptr, &ignored, bytes_of(context),
                           static_cast<int>(context.size())) == 1);
  return cipher;
}

}  // namespace

Key256 hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info) {
  const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  require(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(kdf.get()));
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_SALT, salt),
      octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  Key256 key;
  require(context && EVP_KDF_derive(context.get(), key.data(), key.size(), parameters) == 1);
  return key;
}

std::string seal(const Key256& key, std::string_view plaintext, std::string_view context,
                 base::Random& random) {
  std::string box(kNonceBytes + plaintext.size() + kTagBytes, '\0');
  random.fill({bytes_of(box), kNonceBytes});
  const auto cipher = start(Direction::seal, key, bytes_of(box), context);
  auto* ciphertext = bytes_of(box) + kNonceBytes;
  int length = 0;
  require(EVP_CipherUpdate(cipher.get(), ciphertext, &length, bytes_of(plaintext),
                           static_cast<int>(plaintext.size())) == 1);
  require(EVP_CipherFinal_ex(cipher.get(), ciphertext + length, &length) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes,
                              ciphertext + plaintext.size()) == 1);
  return box;
}

std::optional<std::string> open(const Key256& key, std::string_view box, std::string_view context) {
  if (box.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const auto cipher = start(Direction::open, key, bytes_of(box), context);
  const auto ciphertext = box.substr(kNonceBytes, box.size() - kNonceBytes - kTagBytes);
  std::string tag(box.substr(box.size() - kTagBytes));
  std::string plaintext(ciphertext.size(), '\0');
  int length = 0;
  require(EVP_CipherUpdate(cipher.get(), bytes_of(plaintext), &length, bytes_of(ciphertext),
                           static_cast<int>(ciphertext.size())) == 1);
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_CipherFinal_ex(cipher.get(), bytes_of(plaintext) + length, &length) != 1)
    return std::nullopt;
  return plaintext;
}

}  // namespace sovereign::crypto
