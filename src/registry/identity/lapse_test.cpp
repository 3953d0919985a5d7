#include "registry/identity/lapse.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

constexpr const char* kJwk =
    R"({"public_key_jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}})";

TEST(Lapse, AnEndpointAtTheProvedOriginIsEnough) {
  Agent agent;
  agent.verified_method = "http https://a.example";
  agent.api_endpoints = {"https://b.example/x", "https://A.example:443/other"};
  EXPECT_TRUE(is_still_proved(agent));
  agent.api_endpoints = {"https://a.example:8443/", "http://a.example/"};
  EXPECT_FALSE(is_still_proved(agent));
}

TEST(Lapse, ASignatureHoldsAsLongAsItsKeyIsThere) {
  Agent agent;
  agent.verified_method = "signature 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  EXPECT_FALSE(is_still_proved(agent));
  agent.card = kJwk;
  EXPECT_TRUE(is_still_proved(agent));
  agent.card.reset();
  agent.metadata = kJwk;
  EXPECT_TRUE(is_still_proved(agent));
  agent.verified_method = "signature AAAA";
  EXPECT_FALSE(is_still_proved(agent));
}

TEST(Lapse, AMethodThatNamesNothingProvesNothing) {
  Agent agent;
  EXPECT_FALSE(is_still_proved(agent));
  agent.verified_method = "http";
  EXPECT_FALSE(is_still_proved(agent));
}

}  // namespace
}  // namespace sovereign::registry
