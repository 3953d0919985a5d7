#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace sovereign::crypto {
namespace {

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  const std::string message(100'000, 'a');
  Sha256 hash;
  hash.update(std::string_view(message).substr(0, 1));
  hash.update({});
  hash.update(std::string_view(message).substr(1));
  EXPECT_EQ(hash.finish(), sha256(message));
}

TEST(Sha256, StartsAnewAfterEachDigest) {
  Sha256 hash;
  EXPECT_EQ(hash.finish(), sha256(""));
  hash.update("abc");
  EXPECT_EQ(hash.finish(), sha256("abc"));
}

}  // namespace
}  // namespace sovereign::crypto
