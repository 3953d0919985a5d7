#include "registry/changes/signature.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sovereign::registry {
namespace {

crypto::Ed25519Key key(std::uint8_t first) {
  std::array<std::uint8_t, 32> seed{first};
  return crypto::Ed25519Key::from_seed(seed);
}

TEST(BatchSignature, ABatchIsItsRegistrysOnlyWithExactlyTheBytesThatWereSigned) {
  const IdentityBatchSigner signer(key(1));
  const std::string body = R"({"changes":[]})";
  const auto signature = signer.sign(signed_batch_bytes(body));
  EXPECT_TRUE(is_batch_of(key(1).public_key(), body, signature));
  EXPECT_FALSE(is_batch_of(key(2).public_key(), body, signature));
  EXPECT_FALSE(is_batch_of(key(1).public_key(), body + " ", signature));
  EXPECT_FALSE(is_batch_of(key(1).public_key(), body, signature.substr(1)));
  EXPECT_FALSE(is_batch_of(key(1).public_key(), body, ""));
}

TEST(BatchSignature, ASignatureOfTheBareBodyIsNoBatchs) {
  const IdentityBatchSigner signer(key(1));
  EXPECT_FALSE(is_batch_of(key(1).public_key(), "{}", signer.sign("{}")));
}

}  // namespace
}  // namespace sovereign::registry
