#include "core/admin_web/browser_sessions.hpp"

#include <gtest/gtest.h>

#include <set>

#include "crypto/random.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;

class BrowserSessionsTest : public testing::Test {
 protected:
  base::ManualClock clock;
  crypto::SystemRandom random;
  BrowserSessions sessions{clock, random};
};

TEST_F(BrowserSessionsTest, EachHasSecretsOfItsOwnAndANameThatIsNone) {
  std::set<std::string> seen;
  for (int i = 0; i < 10; ++i) {
    const auto opened = sessions.open();
    EXPECT_EQ(opened.cookie.size(), 43U);
    EXPECT_EQ(opened.session->csrf_token.size(), 43U);
    EXPECT_TRUE(opened.session->name.starts_with("web:"));
    EXPECT_EQ(opened.session->name.size(), 12U);
    EXPECT_FALSE(opened.cookie.contains(opened.session->name.substr(4)));
    seen.insert({opened.cookie, opened.session->csrf_token, opened.session->name});
  }
  EXPECT_EQ(seen.size(), 30U);
}

TEST_F(BrowserSessionsTest, EndsWhenItIsNotUsed) {
  const auto cookie = sessions.open().cookie;
  clock.advance(BrowserSessions::kIdle - 1s);
  EXPECT_NE(sessions.use(cookie), nullptr);
  clock.advance(BrowserSessions::kIdle - 1s);
  EXPECT_NE(sessions.use(cookie), nullptr);
  clock.advance(BrowserSessions::kIdle);
  EXPECT_EQ(sessions.use(cookie), nullptr);
  EXPECT_EQ(sessions.size(), 0U);
}

TEST_F(BrowserSessionsTest, EndsAfterAWeekHoweverMuchItIsUsed) {
  const auto cookie = sessions.open().cookie;
  for (auto age = 0h; age < BrowserSessions::kLifetime - 6h; age += 6h) {
    ASSERT_NE(sessions.use(cookie), nullptr) << age;
    clock.advance(6h);
  }
  EXPECT_NE(sessions.use(cookie), nullptr);
  clock.advance(6h);
  EXPECT_EQ(sessions.use(cookie), nullptr);
}

TEST_F(BrowserSessionsTest, TheOneUsedLongestAgoMakesRoom) {
  std::vector<std::string> cookies;
  for (std::size_t i = 0; i < BrowserSessions::kMaxSessions; ++i) {
    cookies.push_back(sessions.open().cookie);
    clock.advance(1s);
  }
  EXPECT_NE(sessions.use(cookies[0]), nullptr);
  const auto another = sessions.open().cookie;
  EXPECT_EQ(sessions.size(), BrowserSessions::kMaxSessions);
  EXPECT_NE(sessions.use(cookies[0]), nullptr);
  EXPECT_EQ(sessions.use(cookies[1]), nullptr);
  EXPECT_NE(sessions.use(another), nullptr);
}

TEST_F(BrowserSessionsTest, EndsWhenItIsClosed) {
  const auto first = sessions.open().cookie;
  const auto second = sessions.open().cookie;
  sessions.close(first);
  sessions.close("unknown");
  EXPECT_EQ(sessions.use(first), nullptr);
  EXPECT_NE(sessions.use(second), nullptr);
  EXPECT_EQ(sessions.close_all(), 1U);
  EXPECT_EQ(sessions.use(second), nullptr);
}

}  // namespace
}  // namespace sovereign::core
