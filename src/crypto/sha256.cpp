#include "crypto/sha256.hpp"

#include <openssl/evp.h>

#include <cstdlib>

namespace sovereign::crypto {
namespace {

/// As in digest.cpp: OpenSSL fails here only when memory is gone or the library is broken.
void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) { restart(); }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  void restart() const {
    require(context != nullptr && EVP_DigestInit_ex2(context, EVP_sha256(), nullptr) == 1);
  }

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Digest256 Sha256::finish() {
  Digest256 digest;
  unsigned size = 0;
  require(EVP_DigestFinal_ex(state_->context, digest.data(), &size) == 1);
  state_->restart();
  return digest;
}

}  // namespace sovereign::crypto
