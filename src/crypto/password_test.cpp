#include "crypto/password.hpp"

#include <gtest/gtest.h>

#include "crypto/random.hpp"

namespace sovereign::crypto {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 64, .passes = 1, .lanes = 1};

class PasswordHasherTest : public testing::Test {
 protected:
  SystemRandom random_;
  PasswordHasher hasher_{kCheap, random_};
};

TEST_F(PasswordHasherTest, VerifiesThePasswordItHashedAndNoOther) {
  const auto stored = hasher_.hash("correct horse battery").value();
  EXPECT_TRUE(hasher_.verify("correct horse battery", stored).value());
  EXPECT_FALSE(hasher_.verify("correct horse batterY", stored).value());
  EXPECT_FALSE(hasher_.verify("", stored).value());
}

TEST_F(PasswordHasherTest, WritesTheParametersIntoThePhcString) {
  const auto stored = hasher_.hash("x").value();
  EXPECT_TRUE(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << stored;
  EXPECT_EQ(hash_format(stored), HashFormat::argon2id);
}

TEST_F(PasswordHasherTest, SaltsEachHash) {
  EXPECT_NE(hasher_.hash("x").value(), hasher_.hash("x").value());
}

TEST_F(PasswordHasherTest, SeesEveryByteOfALongPasswordAndOfOneWithNul) {
  const std::string longest(kMaxPasswordBytes, 'p');
  const auto stored = hasher_.hash(longest).value();
  EXPECT_TRUE(hasher_.verify(longest, stored).value());
  auto other = longest;
  other.back() = 'q';
  EXPECT_FALSE(hasher_.verify(other, stored).value());

  const std::string with_nul("abc\0def", 7);
  const auto nul_stored = hasher_.hash(with_nul).value();
  EXPECT_FALSE(hasher_.verify("abc", nul_stored).value());
}

TEST_F(PasswordHasherTest, RefusesPasswordsOver1024Bytes) {
  const std::string too_long(kMaxPasswordBytes + 1, 'p');
  EXPECT_EQ(hasher_.hash(too_long).error().code, ErrorCode::too_large);
  EXPECT_EQ(hasher_.verify(too_long, "").error().code, ErrorCode::too_large);
  hasher_.verify_nothing(too_long);
}

TEST_F(PasswordHasherTest, AsksForANewHashWhenTheCostOrTheFormatChanged) {
  const PasswordHasher stronger({.memory_kib = 128, .passes = 1, .lanes = 1}, random_);
  const auto stored = hasher_.hash("x").value();
  EXPECT_FALSE(hasher_.needs_rehash(stored));
  EXPECT_TRUE(stronger.needs_rehash(stored));
  EXPECT_TRUE(stronger.verify("x", stored).value());
  EXPECT_TRUE(hasher_.needs_rehash("$2b$04$abcdefghijklmnopqrstuuQ3aDnnTJWmNWWVJsOQ4Tk0dPRVl5lHC"));
}

TEST_F(PasswordHasherTest, VerifiesTheReferenceVectorOfArgon2) {
  // From the test suite of the reference implementation: argon2id, "password", salt "somesalt".
  const auto stored =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  EXPECT_TRUE(hasher_.verify("password", stored).value());
  EXPECT_FALSE(hasher_.verify("passwore", stored).value());
}

// Crypt_blowfish's own vectors: 2a, 2b and 2y agree on them.
TEST_F(PasswordHasherTest, VerifiesImportedBcryptHashes) {
  for (const char version : {'a', 'b', 'y'}) {
    std::string stored = "$2?$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    stored[2] = version;
    EXPECT_EQ(hash_format(stored), HashFormat::bcrypt);
    EXPECT_TRUE(hasher_.verify("U*U", stored).value());
    EXPECT_FALSE(hasher_.verify("U*U*", stored).value());
  }
}

TEST_F(PasswordHasherTest, NeverMatchesAnImportedBcryptHashOnPartOfThePassword) {
  // Of 72 times 'a': bcrypt itself would accept 73.
  const auto stored = "$2b$04$CCCCCCCCCCCCCCCCCCCCC.mDyzbhj.9K0apb9O/AGMWwoLXiYAu6u";
  EXPECT_EQ(hash_format(stored), HashFormat::bcrypt);
  EXPECT_TRUE(hasher_.verify(std::string(72, 'a'), stored).value());
  EXPECT_FALSE(hasher_.verify(std::string(73, 'a'), stored).value());
  const auto short_stored = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  EXPECT_FALSE(hasher_.verify(std::string("U*U\0tail", 8), short_stored).value());
}

TEST_F(PasswordHasherTest, RefusesUnknownMalformedAndRuinousHashes) {
  for (const char* stored :
       {"", "plain", "$1$abc$def", "$2b$05$short",
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyO:W",
        "$argon2i$v=19$m=64,t=1,p=1$c29tc2FsdA$aa",
        "$argon2id$v=19$m=4294967295,t=1,p=1$c29tc2FsdA$aaaa",
        "$argon2id$v=19$m=64,t=4000,p=1$c29tc2FsdA$aaaa",
        "$bcrypt-sha256$v=2,t=2b,r=31$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2"}) {
    EXPECT_EQ(hash_format(stored), std::nullopt) << stored;
    EXPECT_EQ(hasher_.verify("x", stored).error().code, ErrorCode::internal) << stored;
  }
  EXPECT_EQ(hasher_.verify("x", "$argon2id$v=19$m=64,t=1,p=1$!$!").error().code,
            ErrorCode::internal);
}

class BcryptTest : public testing::Test {
 protected:
  std::string hash(std::string_view secret) {
    return bcrypt_hash(secret, {.rounds_log2 = 4}, random_).value();
  }
  SystemRandom random_;
};

TEST_F(BcryptTest, MarksItsHashesAndVerifiesThem) {
  const auto stored = hash("avreg_key");
  EXPECT_TRUE(stored.starts_with("$bcrypt-sha256$v=2,t=2b,r=4$")) << stored;
  EXPECT_EQ(hash_format(stored), HashFormat::bcrypt_sha256);
  EXPECT_TRUE(bcrypt_verify("avreg_key", stored).value());
  EXPECT_FALSE(bcrypt_verify("avreg_kez", stored).value());
  EXPECT_NE(stored, hash("avreg_key"));
}

TEST_F(BcryptTest, SeesBeyond72BytesAndBeyondNul) {
  const std::string secret(100, 's');
  const auto stored = hash(secret);
  EXPECT_TRUE(bcrypt_verify(secret, stored).value());
  EXPECT_FALSE(bcrypt_verify(std::string(99, 's') + 'x', stored).value());
  EXPECT_FALSE(bcrypt_verify("a", hash(std::string("a\0b", 3))).value());
}

// From passlib's documentation of bcrypt_sha256; kept to one, at 2^12 rounds it takes a while.
TEST_F(BcryptTest, AgreesWithPasslib) {
  EXPECT_TRUE(
      bcrypt_verify(
          "password",
          "$bcrypt-sha256$v=2,t=2b,r=12$n79VH.0Q2TMWmt3Oqt9uku$Kq4Noyk3094Y2QlB8NdRT8SvGiI4ft2")
          .value());
}

TEST_F(BcryptTest, RefusesCostsOutOfBounds) {
  EXPECT_EQ(bcrypt_hash("x", {.rounds_log2 = 3}, random_).error().code, ErrorCode::unprocessable);
  EXPECT_EQ(bcrypt_hash("x", {.rounds_log2 = 15}, random_).error().code, ErrorCode::unprocessable);
}

}  // namespace
}  // namespace sovereign::crypto
