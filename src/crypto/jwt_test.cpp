#include "crypto/jwt.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/encoding.hpp"

namespace sovereign::crypto {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr Timestamp kNow{seconds{1'750'000'000}};

Claims sample() {
  Claims claims;
  claims.subject = "550e8400-e29b-41d4-a716-446655440000";
  claims.email = "dev@example.com";
  claims.role = "developer";
  claims.issuer = "https://registry.example";
  claims.audience = "registry";
  claims.id = "1c9d2f0e";
  claims.purpose = "access";
  claims.scopes = {"agents:read", "agents:write"};
  claims.issued_at = kNow - seconds{10};
  claims.not_before = kNow - seconds{10};
  claims.expires_at = kNow + seconds{3600};
  return claims;
}

std::string encode(std::string_view text) { return base::to_base64url(base::as_bytes(text)); }

/// A token with a right signature over whatever is given.
std::string forge(std::string_view header, std::string_view payload,
                  std::string_view secret = kSecret) {
  auto token = encode(header) + "." + encode(payload);
  const auto signature = hmac_sha256(secret, token);
  token += "." + base::to_base64url(signature);
  return token;
}

std::string reason(const Result<Claims>& outcome) {
  if (outcome) return "accepted";
  EXPECT_EQ(outcome.error().code, ErrorCode::unauthenticated);
  return outcome.error().context;
}

class JwtTest : public testing::Test {
 protected:
  std::string refusal(std::string_view token, Timestamp now = kNow) {
    return reason(signer_.verify(token, now));
  }
  std::string refusal_of_claims(std::string_view json) {
    return refusal(forge(R"({"alg":"HS256","typ":"JWT"})", json));
  }
  std::string refusal_of_header(std::string_view json) {
    return refusal(forge(json, R"({"exp":1750000100})"));
  }

  JwtSigner signer_{kSecret};
};

TEST_F(JwtTest, GivesBackTheClaimsItSigned) {
  EXPECT_EQ(signer_.verify(signer_.sign(sample()), kNow).value(), sample());
}

TEST_F(JwtTest, LeavesOutWhatIsEmpty) {
  Claims claims;
  claims.expires_at = kNow + seconds{1};
  const auto token = signer_.sign(claims);
  EXPECT_EQ(token.substr(0, token.rfind('.')),
            encode(R"({"alg":"HS256","typ":"JWT"})") + "." + encode(R"({"exp":1750000001})"));
  EXPECT_EQ(signer_.verify(token, kNow).value(), claims);
}

TEST_F(JwtTest, CarriesAnyText) {
  auto claims = sample();
  claims.email = "\"quoted\\\" \n\x01 \xf0\x9f\x98\x80@example.com";
  claims.subject = std::string("a\0b", 3);
  EXPECT_EQ(signer_.verify(signer_.sign(claims), kNow).value(), claims);
}

// RFC 7515 appendix A.1: a key of 64 bytes, a header in another order and with white space.
TEST(Jwt, VerifiesTheExampleOfRfc7515) {
  const auto key =
      base::from_base64url(
          "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
          .value();
  const JwtSigner signer(std::string(key.begin(), key.end()));
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "lfQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto claims = signer.verify(token, Timestamp{seconds{1'300'819'379}});
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->issuer, "joe");
  EXPECT_EQ(claims->expires_at, Timestamp{seconds{1'300'819'380}});
  EXPECT_EQ(reason(signer.verify(token, Timestamp{seconds{1'300'819'380}})), "token expired");
}

// RFC 7519 section 6.1: the unsecured token.
TEST_F(JwtTest, RefusesTheUnsecuredExampleOfRfc7519) {
  EXPECT_EQ(refusal("eyJhbGciOiJub25lIn0."
                    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc1"
                    "9yb290Ijp0cnVlfQ."),
            "token header is not HS256 JWT");
}

TEST_F(JwtTest, RefusesEveryHeaderButItsOwn) {
  for (const char* header : {R"({"alg":"none","typ":"JWT"})",
                             R"({"alg":"None","typ":"JWT"})",
                             R"({"alg":"HS512","typ":"JWT"})",
                             R"({"alg":"RS256","typ":"JWT"})",
                             R"({"alg":"hs256","typ":"JWT"})",
                             R"({"alg":"HS256"})",
                             R"({"typ":"JWT"})",
                             R"({"alg":"HS256","typ":"jwt"})",
                             R"({"alg":"HS256","typ":"JWT","crit":["exp"]})",
                             R"({"alg":"HS256","typ":"JWT","kid":"../key"})",
                             R"({"alg":"HS256","typ":"JWT","alg":"none"})",
                             R"({"alg":"none","typ":"JWT","alg":"HS256"})",
                             R"({"alg":"HS256","typ":"JWT"} )"
                             "x",
                             R"({"alg":["HS256"],"typ":"JWT"})",
                             R"({"alg":"HS256","typ":{"typ":"JWT"}})",
                             R"(["HS256","JWT"])",
                             R"("HS256")",
                             "",
                             "{",
                             "7"}) {
    EXPECT_EQ(refusal_of_header(header), "token header is not HS256 JWT") << header;
  }
}

TEST_F(JwtTest, AcceptsItsHeaderInOtherSpelling) {
  EXPECT_EQ(refusal_of_header("{ \"typ\" : \"JWT\", \"\\u0061lg\":\"HS256\" }\n"), "accepted");
}

TEST_F(JwtTest, RefusesEveryTruncation) {
  const auto token = signer_.sign(sample());
  for (std::size_t length = 0; length < token.size(); ++length) {
    EXPECT_NE(refusal(token.substr(0, length)), "accepted") << length;
  }
  EXPECT_EQ(refusal(token + "A"), "token signature is wrong");
  EXPECT_EQ(refusal(token + "."), "token signature is wrong");
  EXPECT_EQ(refusal(token + "="), "token signature is wrong");
}

TEST_F(JwtTest, RefusesEveryFlippedBit) {
  const auto token = signer_.sign(sample());
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto changed = token;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    ASSERT_NE(refusal(changed), "accepted") << bit;
  }
}

TEST_F(JwtTest, RefusesAnotherKey) {
  const JwtSigner other("another secret of thirty-two bytes");
  EXPECT_EQ(refusal(other.sign(sample())), "token signature is wrong");
}

TEST_F(JwtTest, AcceptsTheKeysBeforeARotationUntilTheyAreDropped) {
  const auto old_token = signer_.sign(sample());
  const std::string new_secret = "a newer secret of thirty-two bytes!";
  const JwtSigner rotated(new_secret, {std::string(kSecret)});
  EXPECT_TRUE(rotated.verify(old_token, kNow));
  EXPECT_TRUE(rotated.verify(rotated.sign(sample()), kNow));
  EXPECT_EQ(refusal(rotated.sign(sample())), "token signature is wrong");
  EXPECT_FALSE(JwtSigner(new_secret).verify(old_token, kNow));
}

TEST(Jwt, RefusesShortSecrets) {
  EXPECT_THROW(JwtSigner(std::string(31, 's')), std::invalid_argument);
  EXPECT_THROW(JwtSigner(kSecret, {"short"}), std::invalid_argument);
}

TEST_F(JwtTest, ExpiresAtItsExpiryExactly) {
  const auto token = signer_.sign(sample());
  EXPECT_EQ(refusal(token, sample().expires_at - microseconds{1}), "accepted");
  EXPECT_EQ(refusal(token, sample().expires_at), "token expired");
}

TEST_F(JwtTest, AllowsTheIssuersClockToBeALittleAhead) {
  auto claims = sample();
  claims.issued_at = kNow + seconds{5};
  claims.not_before = kNow + seconds{5};
  EXPECT_EQ(refusal(signer_.sign(claims)), "accepted");
  claims.issued_at = kNow + seconds{6};
  EXPECT_EQ(refusal(signer_.sign(claims)), "token issued in the future");
  claims.issued_at = kNow;
  claims.not_before = kNow + seconds{6};
  EXPECT_EQ(refusal(signer_.sign(claims)), "token not valid yet");
}

TEST_F(JwtTest, WritesAndDemandsItsIssuerAndAudience) {
  const JwtSigner ours(kSecret, {}, {.issuer = "https://a.example", .audience = "a"});
  EXPECT_EQ(ours.verify(ours.sign(sample()), kNow)->issuer, "https://a.example");
  EXPECT_EQ(ours.verify(ours.sign(sample()), kNow)->audience, "a");
  EXPECT_EQ(reason(ours.verify(signer_.sign(sample()), kNow)), "token of another issuer");
  const JwtSigner neighbour(kSecret, {}, {.issuer = "https://a.example", .audience = "b"});
  EXPECT_EQ(reason(ours.verify(neighbour.sign(sample()), kNow)), "token for another audience");
}

TEST_F(JwtTest, RefusesMalformedClaims) {
  for (const char* json : {"",
                           "{}",
                           "null",
                           "[]",
                           "{\"exp\":1750000100",
                           R"({"sub":"x"})",
                           R"({"exp":"1750000100"})",
                           R"({"exp":1750000100.5})",
                           R"({"exp":null})",
                           R"({"exp":-1})",
                           R"({"exp":253402300800})",
                           R"({"exp":18446744073709551615})",
                           R"({"exp":1e99})",
                           R"({"exp":1750000100,"exp":1750000100})",
                           R"({"exp":1750000100,"sub":7})",
                           R"({"exp":1750000100,"sub":null})",
                           R"({"exp":1750000100,"sub":["a"]})",
                           R"({"exp":1750000100,"aud":["a","b"]})",
                           R"({"exp":1750000100,"sub":"a","sub":"b"})",
                           R"({"exp":1750000100,"other":1,"other":2})",
                           R"({"exp":1750000100,"scope":["agents:read"]})",
                           R"({"exp":1750000100,"iat":"now"})",
                           R"({"exp":1750000100,"nbf":{}})",
                           R"({"exp":1750000100}x)",
                           R"({"exp":1750000100}{"exp":1750000100})",
                           "{\"exp\":1750000100,\"sub\":\"\xff\"}",
                           R"({"exp":1750000100,"a":[[[[[[[[[[1]]]]]]]]]]})",
                           R"([{"exp":1750000100}])",
                           R"({"a":{"exp":1750000100}})"}) {
    EXPECT_EQ(refusal_of_claims(json), "token claims are malformed") << json;
  }
}

TEST_F(JwtTest, IgnoresClaimsItDoesNotKnow) {
  EXPECT_EQ(
      refusal_of_claims(
          R"({"exp":1750000100,"n":null,"b":true,"d":1.5,"u":18446744073709551615,"a":[1,"x",{"exp":"no"}],"o":{"sub":7,"sub":8}})"),
      "accepted");
}

TEST_F(JwtTest, RefusesMoreMembersThanItKeepsTrackOf) {
  std::string json = R"({"exp":1750000100)";
  for (int i = 0; i < 40; ++i) json += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(refusal_of_claims(json + "}"), "token claims are malformed");
}

TEST_F(JwtTest, ReadsScopesWithAnySpacing) {
  const auto claims = signer_.verify(
      forge(R"({"alg":"HS256","typ":"JWT"})", R"({"exp":1750000100,"scope":" a  b c "})"), kNow);
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->scopes, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(JwtTest, RefusesLongTokensBeforeAnyWork) {
  EXPECT_EQ(refusal(std::string(kMaxTokenBytes + 1, 'A')), "token too long");
  EXPECT_EQ(refusal(std::string(kMaxTokenBytes, 'A')), "token without three parts");
}

TEST_F(JwtTest, ShowsTheClientNothingOfTheToken) {
  const auto error = signer_.verify("secret.secret.secret", kNow).error();
  EXPECT_FALSE(error.detail.contains("secret"));
  EXPECT_FALSE(error.context.contains("secret"));
}

}  // namespace
}  // namespace sovereign::crypto
