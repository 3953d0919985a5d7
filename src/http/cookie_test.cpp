#include "http/cookie.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;

TEST(FindCookie, TakesTheValueOfTheNameOnly) {
  EXPECT_EQ(find_cookie("a=1; session=xyz-_; b=2", "session"), "xyz-_");
  EXPECT_EQ(find_cookie("session=", "session"), "");
  EXPECT_EQ(find_cookie("session=a=b", "session"), "a=b");
  EXPECT_EQ(find_cookie("xsession=1; Session=2; sessions=3", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("session", "session"), std::nullopt);
}

TEST(FindCookie, TrustsNeitherOfTwoWithOneName) {
  EXPECT_EQ(find_cookie("session=mine; session=planted", "session"), std::nullopt);
}

TEST(FindCookie, RefusesAMalformedValueAndIgnoresOthersMalformedCookies) {
  EXPECT_EQ(find_cookie("session=\"quoted\"", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("session=a b", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("session=a\x01", "session"), std::nullopt);
  EXPECT_EQ(find_cookie("prefs={\"a\": 1, \"b\"}; ;; =x; session=ok", "session"), "ok");
}

TEST(SetCookie, IsAlwaysOutOfReachOfScriptsAndOtherSites) {
  EXPECT_EQ(to_header({.name = "s", .value = "v", .max_age = 1h}),
            "s=v; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict");
  EXPECT_EQ(to_header({.name = "s", .value = "", .max_age = 0s}),
            "s=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
  EXPECT_EQ(
      to_header(
          {.name = "s", .value = "v", .max_age = 1s, .transport = SetCookie::Transport::tls_only}),
      "s=v; Path=/; Max-Age=1; HttpOnly; SameSite=Strict; Secure");
}

}  // namespace
}  // namespace sovereign::http
