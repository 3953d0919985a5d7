#include "crypto/secret_box.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "crypto/random.hpp"

namespace sovereign::crypto {
namespace {

std::string from_hex(std::string_view hex) {
  const auto bytes = base::from_hex(hex).value();
  return {bytes.begin(), bytes.end()};
}

/// Fills with zero bytes, or with those it is given.
class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(std::string bytes = {}) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = i < bytes_.size() ? static_cast<std::uint8_t>(bytes_[i]) : 0;
  }

 private:
  std::string bytes_;
};

TEST(SecretBox, DerivesTheKeysOfRfc5869) {
  // Test cases 1 and 3 of appendix A; the first 32 bytes of the output.
  const std::string secret(22, '\x0b');
  EXPECT_EQ(base::to_hex(hkdf_sha256(secret, from_hex("000102030405060708090a0b0c"),
                                     from_hex("f0f1f2f3f4f5f6f7f8f9"))),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(base::to_hex(hkdf_sha256(secret, {}, {})),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(SecretBox, SealsAsTheGcmSpecificationSays) {
  // Test case 14 of the GCM specification, and 16 with its additional data.
  FixedRandom zeros;
  EXPECT_EQ(base::to_hex(base::as_bytes(seal(Key256{}, std::string(16, '\0'), {}, zeros))),
            "000000000000000000000000"
            "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  Key256 key;
  std::ranges::copy(base::from_hex("feffe9928665731c6d6a8f9467308308"
                                   "feffe9928665731c6d6a8f9467308308")
                        .value(),
                    key.begin());
  FixedRandom nonce(from_hex("cafebabefacedbaddecaf888"));
  const auto plaintext = from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const auto box =
      seal(key, plaintext, from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"), nonce);
  EXPECT_EQ(base::to_hex(base::as_bytes(box).subspan(12)),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(SecretBox, OpensOnlyWithItsKeyAndContextAndUnchanged) {
  SystemRandom random;
  const auto key = hkdf_sha256("secret", "salt", "test");
  for (const auto& plaintext : {std::string(), std::string("x"), std::string(5000, 'y')}) {
    auto box = seal(key, plaintext, "here", random);
    EXPECT_EQ(open(key, box, "here"), plaintext);
    EXPECT_EQ(open(key, box, "there"), std::nullopt);
    EXPECT_EQ(open(hkdf_sha256("secret", "other salt", "test"), box, "here"), std::nullopt);
    for (const std::size_t at : {std::size_t{0}, std::size_t{12}, box.size() - 1}) {
      box[at] ^= 1;
      EXPECT_EQ(open(key, box, "here"), std::nullopt);
      box[at] ^= 1;
    }
    EXPECT_EQ(open(key, box.substr(0, box.size() - 1), "here"), std::nullopt);
  }
  EXPECT_EQ(open(key, {}, "here"), std::nullopt);
  EXPECT_EQ(open(key, seal(key, {}, {}, random), {}), "");
}

TEST(SecretBox, NoTwoBoxesOfOneSecretLookAlike) {
  SystemRandom random;
  const auto key = hkdf_sha256("secret", "", "test");
  EXPECT_NE(seal(key, "same", "", random), seal(key, "same", "", random));
}

}  // namespace
}  // namespace sovereign::crypto
