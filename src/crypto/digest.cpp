#include "crypto/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <atomic>
#include <cstdlib>
#include <utility>

namespace sovereign::crypto {
namespace {

/// OpenSSL fails here only when memory is gone or the library is broken; neither leaves a safe way
/// on.
void require(bool ok) {
  if (!ok) std::abort();
}

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

/// Fetching costs more than hashing a short message: once for the process, never freed.
EVP_MD* sha256_algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return algorithm;
}

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

MacContext keyed_context(std::string_view key) {
  MacContext context(EVP_MAC_CTX_new(hmac_algorithm()));
  char digest_name[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
      OSSL_PARAM_construct_end()};
  // A null pointer would mean "keep the key", which an empty key is not.
  const auto* bytes = key.empty() ? bytes_of("") : bytes_of(key);
  require(context && EVP_MAC_init(context.get(), bytes, key.size(), parameters) == 1);
  return context;
}

Digest256 run(EVP_MAC_CTX* context, std::string_view message) {
  Digest256 digest;
  std::size_t length = 0;
  require(EVP_MAC_update(context, bytes_of(message), message.size()) == 1);
  require(EVP_MAC_final(context, digest.data(), &length, digest.size()) == 1);
  require(length == digest.size());
  return digest;
}

}  // namespace

struct HmacKey::State {
  MacContext context;
  std::uint64_t id;  ///< Never used twice in a process, unlike an address.
};

namespace {

/// This thread's copies of the keys it used last.
class ThreadContexts {
 public:
  EVP_MAC_CTX* get(std::uint64_t id, EVP_MAC_CTX* original) {
    for (auto& slot : slots_) {
      if (slot.id == id) {
        // No key means: start anew with the one it has.
        require(EVP_MAC_init(slot.context.get(), nullptr, 0, nullptr) == 1);
        return slot.context.get();
      }
    }
    auto& slot = slots_[next_++ % slots_.size()];
    slot = {id, MacContext(EVP_MAC_CTX_dup(original))};
    require(slot.context != nullptr);
    return slot.context.get();
  }

 private:
  struct Slot {
    std::uint64_t id = 0;
    MacContext context;
  };
  std::array<Slot, 8> slots_;
  std::size_t next_ = 0;
};

std::uint64_t next_key_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

Digest256 sha256(std::string_view message) {
  thread_local const DigestContext context(EVP_MD_CTX_new());
  Digest256 digest;
  require(context && EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
  require(EVP_DigestUpdate(context.get(), message.data(), message.size()) == 1);
  require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

HmacKey::HmacKey(std::string_view key)
    : state_(std::make_unique<const State>(keyed_context(key), next_key_id())) {}
HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

Digest256 HmacKey::sign(std::string_view message) const {
  thread_local ThreadContexts contexts;
  return run(contexts.get(state_->id, state_->context.get()), message);
}

Digest256 hmac_sha256(std::string_view key, std::string_view message) {
  const auto context = keyed_context(key);
  return run(context.get(), message);
}

bool equal_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return equal_constant_time(std::span(bytes_of(a), a.size()), std::span(bytes_of(b), b.size()));
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

void wipe(std::vector<std::uint8_t>& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace sovereign::crypto
