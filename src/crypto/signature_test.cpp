#include "crypto/signature.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "crypto/random.hpp"

namespace sovereign::crypto {
namespace {

/// RFC 8032 section 7.1, tests 1 to 3.
struct Vector {
  const char* key;
  const char* message;
  const char* signature;
};

constexpr Vector kVectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46bd25bf5f0595bbe24655141438e7a100b"},
    {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6594a7c15e9716ed28dc027beceea1ec40a"},
};

std::vector<std::uint8_t> bytes_of(const char* hex) {
  return base::from_hex(hex).value_or(std::vector<std::uint8_t>{});
}

Ed25519PublicKey key_of(const char* hex) {
  const auto bytes = bytes_of(hex);
  Ed25519PublicKey key{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), key.size()), key.begin());
  return key;
}

std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Ed25519, AcceptsTheSignaturesOfRfc8032) {
  for (const auto& vector : kVectors) {
    EXPECT_TRUE(verify_ed25519(key_of(vector.key), text_of(bytes_of(vector.message)),
                               bytes_of(vector.signature)))
        << vector.key;
  }
}

TEST(Ed25519, RefusesAnyChangedBit) {
  const auto& vector = kVectors[1];
  const auto message = text_of(bytes_of(vector.message));
  const auto signature = bytes_of(vector.signature);
  ASSERT_EQ(signature.size(), 64U);
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += 7) {
    auto changed = signature;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify_ed25519(key_of(vector.key), message, changed)) << "bit " << bit;
  }
  EXPECT_FALSE(verify_ed25519(key_of(vector.key), message + "x", signature));
  EXPECT_FALSE(verify_ed25519(key_of(kVectors[0].key), message, signature));
}

TEST(Ed25519, RefusesSignaturesOfTheWrongLength) {
  const auto signature = bytes_of(kVectors[0].signature);
  const std::span<const std::uint8_t> whole(signature);
  EXPECT_FALSE(verify_ed25519(key_of(kVectors[0].key), "", {}));
  EXPECT_FALSE(verify_ed25519(key_of(kVectors[0].key), "", whole.first(63)));
}

TEST(Ed25519, ReadsTheKeyOfAJwkAndNothingElse) {
  // RFC 8037 appendix A.2.
  const auto key = parse_ed25519_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  ASSERT_TRUE(key);
  EXPECT_EQ(*key, key_of(kVectors[0].key));
  EXPECT_FALSE(parse_ed25519_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR"));
  EXPECT_FALSE(parse_ed25519_key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
  EXPECT_FALSE(parse_ed25519_key(""));
}

TEST(Ed25519, SignsAsRfc8032Does) {
  // Section 7.1, test 2.
  const auto seed = bytes_of("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const auto key = Ed25519Key::from_seed(std::span(seed).first<32>());
  EXPECT_EQ(key.public_key(), key_of(kVectors[1].key));
  const auto signature = key.sign("\x72");
  EXPECT_EQ(std::vector<std::uint8_t>(signature.begin(), signature.end()),
            bytes_of(kVectors[1].signature));
}

TEST(Ed25519, AKeyFileIsMadeOnceAndSignsTheSameAfterwards) {
  std::string folder = (std::filesystem::temp_directory_path() / "signature_test.XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto path = std::filesystem::path(folder) / "audit.key";
  SystemRandom random;
  const auto made = Ed25519Key::load_or_create(path, random);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  const auto loaded = Ed25519Key::load_or_create(path, random);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->public_key(), made->public_key());
  EXPECT_TRUE(verify_ed25519(made->public_key(), "message", loaded->sign("message")));

  std::ofstream(path) << std::string(43, '!');
  const auto damaged = Ed25519Key::load_or_create(path, random);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(damaged.error().detail.contains("audit.key"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sovereign::crypto
