#include "registry/onboarding/credential.hpp"

#include <gtest/gtest.h>

#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

std::optional<AgentCredential> read_header(std::string_view value) {
  const http::Header header{"Authorization", value};
  http::Request request;
  request.headers = {&header, 1};
  return basic_credential(request);
}

TEST(AgentCredential, HasAnIdOfSixteenHexDigitsAndALongSecret) {
  support::SeededRandom random;
  const auto credential = make_credential(random);
  EXPECT_EQ(credential.client_id.size(), 6 + 16U);
  EXPECT_TRUE(credential.client_id.starts_with("agent-"));
  EXPECT_EQ(credential.client_id.find_first_not_of("0123456789abcdef", 6), std::string::npos);
  EXPECT_EQ(credential.client_secret.size(), 5 + 43U);
  EXPECT_EQ(secret_digest(credential.client_secret).size(), 64U);
}

TEST(AgentCredential, IsReadFromHttpBasicWithAndWithoutPadding) {
  for (const char* value : {"Basic YWdlbnQtMTpzM2NyJTJCdA==", "basic YWdlbnQtMTpzM2NyJTJCdA"}) {
    const auto credential = read_header(value);
    ASSERT_TRUE(credential);
    EXPECT_EQ(credential->client_id, "agent-1");
    EXPECT_EQ(credential->client_secret, "s3cr+t");
  }
}

TEST(AgentCredential, IsEmptyWhenHttpBasicCannotBeRead) {
  for (const char* value : {"Basic !!!", "Basic YWJj", "Basic ", "Basic /zo="}) {
    const auto credential = read_header(value);
    ASSERT_TRUE(credential) << value;
    EXPECT_EQ(credential->client_id, "") << value;
  }
}

TEST(AgentCredential, IsNotLookedForInOtherSchemes) {
  EXPECT_FALSE(read_header("Bearer YWdlbnQtMTpz"));
  EXPECT_FALSE(basic_credential(http::Request{}));
}

}  // namespace
}  // namespace sovereign::registry
