#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/encoding.hpp"

namespace sovereign::crypto {
namespace {

std::string hex(const Digest256& digest) { return base::to_hex(digest); }

TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231, test cases 1, 2, 3 and 6.
TEST(Hmac, MatchesThePublishedVectors) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, AcceptsAnEmptyKeyAndAnEmptyMessage) {
  EXPECT_EQ(hex(hmac_sha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(HmacKey("").sign(""), hmac_sha256("", ""));
}

TEST(HmacKey, GivesTheSameAnswerEachTime) {
  const HmacKey key("Jefe");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(key.sign("message"), hmac_sha256("Jefe", "message"));
  EXPECT_NE(key.sign("message"), key.sign("massage"));
}

TEST(HmacKey, StaysItselfAmongManyOthers) {
  std::vector<HmacKey> keys;
  for (int i = 0; i < 40; ++i) keys.emplace_back("key " + std::to_string(i));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) {
      ASSERT_EQ(keys[static_cast<std::size_t>(i)].sign("m"),
                hmac_sha256("key " + std::to_string(i), "m"));
    }
  }
}

TEST(HmacKey, SignsOnSeveralThreadsAtOnce) {
  const HmacKey key("shared");
  const auto expected = hmac_sha256("shared", "message");
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) wrong += key.sign("message") != expected;
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(EqualConstantTime, ComparesLengthAndContent) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("same", "same"));
  EXPECT_FALSE(equal_constant_time("same", "samE"));
  EXPECT_FALSE(equal_constant_time("same", "sam"));
}

TEST(Wipe, EmptiesTheText) {
  std::string secret = "a secret of some length beyond the small buffer";
  wipe(secret);
  EXPECT_TRUE(secret.empty());
}

}  // namespace
}  // namespace sovereign::crypto
