#include "registry/artifacts/types.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kHex =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // Of "abc".
constexpr std::string_view kBase64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
constexpr std::string_view kOther = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// "<code>" for an error, "none", or the digest in hex.
std::string declared(std::vector<http::Header> headers) {
  const http::Request request{.headers = headers};
  const auto digest = declared_digest(request);
  if (!digest) return fmt::format("<{}>", base::to_string(digest.error().code));
  return *digest ? base::to_hex(**digest) : "none";
}

TEST(ArtifactDigest, IsReadFromEachOfItsHeaders) {
  EXPECT_EQ(declared({{"content-digest", fmt::format("sha-256=:{}:", kBase64)}}), kHex);
  EXPECT_EQ(declared({{"Repr-Digest", fmt::format("sha-256=:{}:", kBase64)}}), kHex);
  EXPECT_EQ(declared({{"Digest", fmt::format("SHA-256={}", kBase64)}}), kHex);
  EXPECT_EQ(declared({{"X-Content-SHA256", kHex}}), kHex);
  EXPECT_EQ(declared({{"X-Other", "sha-256"}}), "none");
}

TEST(ArtifactDigest, OtherAlgorithmsArePassedOver) {
  EXPECT_EQ(declared({{"Content-Digest", fmt::format("sha-512=:AA==:, sha-256=:{}:", kBase64)}}),
            kHex);
  EXPECT_EQ(declared({{"Content-Digest", "md5=:AA==:"}}), "none");
}

TEST(ArtifactDigest, WhatIsNoDigestIsMalformedAndNotPassedOver) {
  for (const std::string_view value : {"sha-256", "sha-256=", "sha-256=abc", "sha-256=:abc:",
                                       "sha-256=::", "sha-256=:ungWv48B:", "sha-256=:"}) {
    EXPECT_EQ(declared({{"Content-Digest", value}}), "<malformed>") << value;
  }
  EXPECT_EQ(declared({{"X-Content-SHA256", "ba78"}}), "<malformed>");
  EXPECT_EQ(declared({{"X-Content-SHA256", ""}}), "<malformed>");
}

TEST(ArtifactDigest, TwoThatDifferAreMalformed) {
  EXPECT_EQ(declared({{"X-Content-SHA256", kHex},
                      {"Content-Digest", fmt::format("sha-256=:{}:", kBase64)}}),
            kHex);
  EXPECT_EQ(declared({{"X-Content-SHA256", kHex},
                      {"Content-Digest", fmt::format("sha-256=:{}:", kOther)}}),
            "<malformed>");
}

TEST(ArtifactDigest, IsPrintedAsItIsRead) {
  const auto field = digest_field(crypto::sha256("abc"));
  EXPECT_EQ(field, fmt::format("sha-256=:{}:", kBase64));
  EXPECT_EQ(declared({{"Repr-Digest", field}}), kHex);
}

TEST(ArtifactName, IsSafeInAUrlAHeaderAndAFolder) {
  for (const auto* name : {"a", "model-1.2_final.tar.gz", "A..b"}) {
    EXPECT_TRUE(check_artifact_name(name)) << name;
  }
  for (const std::string_view name : {"", ".", "..", ".htaccess", "a/b", "a\\b", "a b", "a\"b",
                                      "a;b", "a\r\nb", "\xc3\xa4", "a%2e"}) {
    EXPECT_FALSE(check_artifact_name(name)) << name;
  }
  EXPECT_TRUE(check_artifact_name(std::string(128, 'a')));
  EXPECT_FALSE(check_artifact_name(std::string(129, 'a')));
}

std::string media_type(std::vector<http::Header> headers) {
  const http::Request request{.headers = headers};
  return media_type_of(request).value_or("<refused>");
}

TEST(ArtifactMediaType, IsWhatTheUploadSays) {
  EXPECT_EQ(media_type({}), "application/octet-stream");
  EXPECT_EQ(media_type({{"Content-Type", "text/html; charset=utf-8"}}), "text/html; charset=utf-8");
  EXPECT_EQ(media_type({{"Content-Encoding", "identity"}}), "application/octet-stream");
}

TEST(ArtifactMediaType, MustBeOneAndOfTheFileItself) {
  for (const std::string_view type : {"text", "/", "text/", "/html", "text/html,text/plain",
                                      "te xt/html", "text/ht\x01ml", "text/html;\x7f"}) {
    EXPECT_EQ(media_type({{"Content-Type", type}}), "<refused>") << type;
  }
  EXPECT_EQ(media_type({{"Content-Type", "a/" + std::string(126, 'b')}}), "<refused>");
  EXPECT_EQ(media_type({{"Content-Encoding", "gzip"}}), "<refused>");
}

}  // namespace
}  // namespace sovereign::registry
