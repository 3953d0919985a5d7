#include "registry/onboarding/token.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kToken = "BST_0123456789abcdefghijABCDEFGHIJkl";

TEST(BootstrapTokenText, IsThePrefixAndThirtyTwoLettersAndDigits) {
  support::SeededRandom random;
  const auto token = make_bootstrap_token(random);
  EXPECT_EQ(token.size(), 36U);
  EXPECT_TRUE(token.starts_with("BST_"));
  EXPECT_TRUE(std::all_of(token.begin() + 4, token.end(),
                          [](unsigned char c) { return std::isalnum(c) != 0; }));
  EXPECT_NE(make_bootstrap_token(random), token);
}

TEST(BootstrapTokenText, IsFoundWithThePrefixInEitherCaseOnly) {
  std::string lower(kToken);
  std::transform(lower.begin(), lower.begin() + 4, lower.begin(), ::tolower);
  EXPECT_EQ(bootstrap_token_digest(kToken), bootstrap_token_digest(lower));
  std::string other(kToken);
  other.back() = 'L';
  EXPECT_NE(bootstrap_token_digest(kToken), bootstrap_token_digest(other));
}

TEST(BootstrapTokenText, HasADigestOnlyWhenItHasTheForm) {
  EXPECT_EQ(bootstrap_token_digest(kToken)->size(), 64U);
  for (const char* text :
       {"", "BST_", "BST_0123456789abcdefghijABCDEFGHIJk", "BST_0123456789abcdefghijABCDEFGHIJklm",
        "BSX_0123456789abcdefghijABCDEFGHIJkl", "BST_0123456789abcdefghij-BCDEFGHIJkl"}) {
    EXPECT_FALSE(bootstrap_token_digest(text)) << text;
  }
}

}  // namespace
}  // namespace sovereign::registry
