#include "http/browser_policy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sovereign::http {
namespace {

constexpr std::uint16_t kPort = 6767;

class BrowserPolicyTest : public testing::Test {
 protected:
  std::optional<Denial> check(std::vector<Header> headers, Method method = Method::post,
                              AnswerLength answer = AnswerLength::bounded) {
    const Request request{.method = method, .headers = headers, .peer = peer, .local_port = kPort};
    return http::check(policy, request, answer);
  }

  BrowserPolicy policy;
  std::optional<LocalPeer> peer;
};

const Header kHost{"Host", "localhost:6767"};

TEST_F(BrowserPolicyTest, AnswersToItsOwnNamesAtItsOwnPortOnly) {
  for (const char* host : {"localhost:6767", "LocalHost:6767", "127.0.0.1:6767", "[::1]:6767"}) {
    EXPECT_EQ(check({{"Host", host}}), std::nullopt) << host;
  }
  for (const char* host : {"evil.example:6767", "localhost", "localhost:80", "localhost:06767x",
                           "localhost:", ":6767", "", "localhost:6767.evil.example",
                           "127.0.0.1.evil.example:6767", "[::1]", "evil.example"}) {
    EXPECT_EQ(check({{"Host", host}}), Denial::host) << host;
  }
  EXPECT_EQ(check({}), Denial::host);
}

TEST_F(BrowserPolicyTest, AnswersToFurtherNamesAsTheyAreGiven) {
  policy.hosts = {"core.example"};
  EXPECT_EQ(check({{"Host", "core.example"}, {"Origin", "https://core.example"}}), std::nullopt);
  EXPECT_EQ(check({{"Host", "core.example:6767"}}), Denial::host);
}

TEST_F(BrowserPolicyTest, RefusesEveryOriginButThatOfItsPages) {
  EXPECT_EQ(check({kHost, {"Origin", "http://localhost:6767"}}), std::nullopt);
  for (const char* origin :
       {"null", "http://evil.example", "http://localhost:3000", "http://127.0.0.1:6767",
        "http://localhost:6767.evil.example", "http://evil.example/http://localhost:6767", "",
        "chrome-extension://localhost:6767"}) {
    EXPECT_EQ(check({kHost, {"Origin", origin}}), Denial::origin) << origin;
    EXPECT_EQ(check({kHost, {"Origin", origin}}, Method::get), Denial::origin) << origin;
  }
}

TEST_F(BrowserPolicyTest, BelievesTheBrowserAboutOtherSites) {
  EXPECT_EQ(check({kHost, {"Sec-Fetch-Site", "same-origin"}}), std::nullopt);
  EXPECT_EQ(check({kHost, {"Sec-Fetch-Site", "none"}}), std::nullopt);
  EXPECT_EQ(check({kHost, {"Sec-Fetch-Site", "same-site"}}), Denial::origin);
  EXPECT_EQ(check({kHost, {"Sec-Fetch-Site", "cross-site"}}), Denial::origin);
  EXPECT_EQ(check({kHost, {"Sec-Fetch-Site", "cross-site"}}, Method::get), Denial::origin);
}

TEST_F(BrowserPolicyTest, LetsLinksFromElsewhereOpenPagesAndNothingElse) {
  const std::vector<Header> link = {kHost,
                                    {"Sec-Fetch-Site", "cross-site"},
                                    {"Sec-Fetch-Mode", "navigate"},
                                    {"Sec-Fetch-Dest", "document"}};
  EXPECT_EQ(check(link, Method::get), std::nullopt);
  EXPECT_EQ(check(link, Method::get, AnswerLength::streamed), Denial::origin);
  EXPECT_EQ(check(link, Method::post), Denial::origin);
  auto frame = link;
  frame.back().value = "iframe";
  EXPECT_EQ(check(frame, Method::get), Denial::origin);
}

TEST_F(BrowserPolicyTest, LetsLocalProgramsThrough) {
  peer = LocalPeer{.uid = 1, .pid = 2};
  EXPECT_EQ(check({{"Host", "anything"}}), std::nullopt);
}

TEST_F(BrowserPolicyTest, KeepsThePolicyThatAPageBrings) {
  Response own;
  own.headers.push_back({"Content-Security-Policy", "default-src 'self'"});
  add_security_headers(policy, own);
  EXPECT_EQ(std::ranges::count(own.headers, "Content-Security-Policy", &ResponseHeader::name), 1);
  Response plain;
  add_security_headers(policy, plain);
  for (const char* name : {"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy",
                           "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"}) {
    EXPECT_EQ(std::ranges::count(plain.headers, name, &ResponseHeader::name), 1) << name;
  }
}

}  // namespace
}  // namespace sovereign::http
