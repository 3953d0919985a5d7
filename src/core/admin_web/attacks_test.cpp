// Everything that a web page, a local program or a thief of an old cookie may try, and what the
// operator can still do meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>

#include "support/admin_fixture.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Attacks : public support::AdminFixture {};

TEST_F(Attacks, ABrowserSignsInAndWorksWithItsCookieAndCsrfToken) {
  const auto browser = sign_in();
  EXPECT_EQ(session_status({{"Cookie", browser.cookie}}), 200);
  EXPECT_EQ(open_vault({{"Cookie", browser.cookie},
                        {"X-CSRF-Token", browser.csrf},
                        {"Origin", "http://127.0.0.1:6767"},
                        {"Sec-Fetch-Site", "same-origin"}}),
            204);
  EXPECT_EQ(vault.opened, 1);
  EXPECT_THAT(audit.last(), HasSubstr("admin.login token web:"));
}

TEST_F(Attacks, TheSessionsCookieIsOutOfReachOfScriptsAndOtherSites) {
  const auto set = header(login(secret), "Set-Cookie");
  EXPECT_TRUE(set.starts_with("opensentience_session="));
  EXPECT_THAT(set, HasSubstr("; HttpOnly"));
  EXPECT_THAT(set, HasSubstr("; SameSite=Strict"));
  EXPECT_THAT(set, HasSubstr("; Path=/;"));
  EXPECT_THAT(set, HasSubstr("; Max-Age=604800"));
  EXPECT_THAT(set, Not(HasSubstr("Domain")));
}

TEST_F(Attacks, NobodyGetsInWithoutCredentials) {
  const auto response =
      send({.method = http::Method::post, .target = std::string(support::kVault)});
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(member(response, "code"), "web.unauthorized");
  EXPECT_THAT(member(response, "detail"), HasSubstr("opensentience token show"));
  EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(open_vault({{"Authorization", "Bearer wrong"}}), 401);
  EXPECT_EQ(open_vault({{"Authorization", "Basic " + secret}}), 401);
  EXPECT_EQ(open_vault({{"Authorization", "Bearer"}}), 401);
  EXPECT_EQ(open_vault({{"Cookie", "opensentience_session=" + secret}}), 401);
  EXPECT_EQ(vault.opened, 0);
}

TEST_F(Attacks, TheTokenWorksAsABearerTokenAndNeverInTheUrl) {
  const auto bearer = "Bearer " + secret;
  EXPECT_EQ(open_vault({{"Authorization", bearer}}), 204);
  for (const char* parameter : {"token", "access_token", "admin_token", "code"}) {
    const auto target = fmt::format("/api/v1/auth/session?{}={}", parameter, secret);
    EXPECT_EQ(send({.target = target}).status, 401) << parameter;
  }
}

TEST_F(Attacks, APageOfAnotherOriginCannotPostEvenWithTheCookie) {
  const auto browser = sign_in();
  const std::vector<http::Header> credentials = {{"Cookie", browser.cookie},
                                                 {"X-CSRF-Token", browser.csrf}};
  for (const http::Header& mark : std::vector<http::Header>{{"Origin", "https://evil.example"},
                                                            {"Origin", "null"},
                                                            {"Origin", "http://127.0.0.1:3000"},
                                                            {"Sec-Fetch-Site", "cross-site"},
                                                            {"Sec-Fetch-Site", "same-site"}}) {
    auto headers = credentials;
    headers.push_back(mark);
    EXPECT_EQ(open_vault(headers), 403) << mark.value;
    EXPECT_EQ(audit.last(), "security.denied origin anonymous");
  }
  EXPECT_EQ(vault.opened, 0);
}

TEST_F(Attacks, APageOfAnotherOriginCannotSignABrowserIn) {
  EXPECT_EQ(login(secret, {{"Origin", "https://evil.example"}}).status, 403);
}

TEST_F(Attacks, APageOfAnotherOriginCannotListen) {
  const auto browser = sign_in();
  const auto response = send({.target = "/api/v1/feed",
                              .headers = {{"Cookie", browser.cookie},
                                          {"Sec-Fetch-Site", "same-site"},
                                          {"Sec-Fetch-Mode", "navigate"},
                                          {"Sec-Fetch-Dest", "document"}}});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(member(response, "code"), "web.origin_refused");
}

TEST_F(Attacks, ANameThatWasReboundToLoopbackIsNotAnswered) {
  for (const std::string_view host : {"evil.example:6767", "evil.example", "127.0.0.1:80", ""}) {
    EXPECT_EQ(open_vault({{"Authorization", "Bearer " + secret}}, host), 403) << host;
    EXPECT_EQ(audit.last(), "security.denied host anonymous");
  }
  EXPECT_EQ(vault.opened, 0);
}

TEST_F(Attacks, ACookieAloneChangesNothing) {
  const auto browser = sign_in();
  const auto other = sign_in();
  EXPECT_EQ(open_vault({{"Cookie", browser.cookie}}), 403);
  EXPECT_EQ(open_vault({{"Cookie", browser.cookie}, {"X-CSRF-Token", ""}}), 403);
  EXPECT_EQ(open_vault({{"Cookie", browser.cookie}, {"X-CSRF-Token", other.csrf}}), 403);
  EXPECT_EQ(vault.opened, 0);
  EXPECT_EQ(audit.last(), "security.denied csrf anonymous");
}

TEST_F(Attacks, ACookieThatWasPlantedBeforeTheLoginIsWorthNothingAfterIt) {
  const auto planted = sign_in();
  const auto response = login(secret, {{"Cookie", planted.cookie}});
  ASSERT_EQ(response.status, 200);
  EXPECT_THAT(header(response, "Set-Cookie"), Not(HasSubstr(planted.cookie)));
  EXPECT_EQ(session_status({{"Cookie", planted.cookie}}), 401);
  const auto made_up = login(secret, {{"Cookie", "opensentience_session=made-up"}});
  EXPECT_THAT(header(made_up, "Set-Cookie"), Not(HasSubstr("made-up")));
}

TEST_F(Attacks, TwoCookiesOfOneNameAreNeitherOfThem) {
  const auto browser = sign_in();
  EXPECT_EQ(session_status({{"Cookie", browser.cookie + "; opensentience_session=planted"}}), 401);
}

TEST_F(Attacks, GuessingIsSlowedDownAndTheOperatorIsNotLockedOut) {
  for (int i = 0; i < LoginThrottle::kFreeFailures; ++i) EXPECT_EQ(login("guess").status, 401);
  const auto throttled = login(secret);
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(header(throttled, "Retry-After"), "1");
  EXPECT_EQ(audit.last(), "admin.login_failed token anonymous");
  const auto link = over_socket(http::Method::post, "/api/v1/auth/login-link");
  EXPECT_EQ(login_with_code(member(link, "code")).status, 200);
  EXPECT_EQ(open_vault({{"Authorization", "Bearer " + secret}}), 204);
  clock.advance(1s);
  EXPECT_EQ(login(secret).status, 200);
}

TEST_F(Attacks, ALoginLinkWorksOnceAndOnlyTheSocketMakesOne) {
  const auto link = over_socket(http::Method::post, "/api/v1/auth/login-link");
  ASSERT_EQ(link.status, 200);
  EXPECT_EQ(member(link, "path"), "/login?code=" + member(link, "code"));
  EXPECT_EQ(login_with_code(member(link, "code")).status, 200);
  EXPECT_EQ(login_with_code(member(link, "code")).status, 401);
  EXPECT_EQ(audit.last(), "admin.login_failed code anonymous");
  EXPECT_EQ(send({.method = http::Method::post,
                  .target = "/api/v1/auth/login-link",
                  .headers = {{"Authorization", "Bearer " + secret}}})
                .status,
            403);
}

TEST_F(Attacks, ALoginNamesExactlyOneSecret) {
  for (const char* body : {"{}", R"({"token":"a","code":"b"})"}) {
    EXPECT_EQ(
        send({.method = http::Method::post, .target = "/api/v1/auth/login", .body = body}).status,
        422);
  }
}

TEST_F(Attacks, RotationEndsSessionsCodesAndTheOldToken) {
  const auto browser = sign_in();
  const auto link = over_socket(http::Method::post, "/api/v1/auth/login-link");
  const auto rotated =
      send({.method = http::Method::post,
            .target = "/api/v1/auth/token/rotate",
            .headers = {{"Cookie", browser.cookie}, {"X-CSRF-Token", browser.csrf}}});
  EXPECT_EQ(rotated.status, 200);
  EXPECT_EQ(rotated.body.view(), "{}") << "a page never sees the token";
  EXPECT_THAT(audit.last(), HasSubstr("admin.token_rotated request web:"));
  EXPECT_EQ(session_status({{"Cookie", browser.cookie}}), 401);
  EXPECT_EQ(login_with_code(member(link, "code")).status, 401);
  EXPECT_EQ(open_vault({{"Authorization", "Bearer " + secret}}), 401);
  const auto shown = over_socket(http::Method::get, "/api/v1/auth/token");
  EXPECT_EQ(open_vault({{"Authorization", "Bearer " + member(shown, "token")}}), 204);
  const auto again = over_socket(http::Method::post, "/api/v1/auth/token/rotate");
  EXPECT_EQ(member(again, "token").size(), AdminToken::kLength);
}

TEST_F(Attacks, TheTokenIsShownOverTheSocketOnly) {
  EXPECT_EQ(member(over_socket(http::Method::get, "/api/v1/auth/token"), "token"), secret);
  const auto response =
      send({.target = "/api/v1/auth/token", .headers = {{"Authorization", "Bearer " + secret}}});
  EXPECT_EQ(response.status, 403);
  EXPECT_THAT(std::string(response.body.view()), Not(HasSubstr(secret)));
}

TEST_F(Attacks, TheSocketIsForItsUserAndRoot) {
  const auto status_of = [&](uid_t uid) {
    return send({.target = "/api/v1/auth/session",
                 .host = "",
                 .peer = http::LocalPeer{.uid = uid, .pid = 1}})
        .status;
  };
  EXPECT_EQ(status_of(::getuid()), 200);
  EXPECT_EQ(status_of(0), 200);
  EXPECT_EQ(status_of(::getuid() + 1), 401);
}

TEST_F(Attacks, LoggingOutEndsTheSessionAndForgetsTheCookie) {
  const auto browser = sign_in();
  EXPECT_EQ(send({.method = http::Method::post,
                  .target = "/api/v1/auth/logout",
                  .headers = {{"Cookie", browser.cookie}}})
                .status,
            403)
      << "not without the CSRF token";
  const auto response =
      send({.method = http::Method::post,
            .target = "/api/v1/auth/logout",
            .headers = {{"Cookie", browser.cookie}, {"X-CSRF-Token", browser.csrf}}});
  EXPECT_EQ(response.status, 204);
  EXPECT_THAT(header(response, "Set-Cookie"),
              HasSubstr("opensentience_session=; Path=/; Max-Age=0"));
  EXPECT_EQ(session_status({{"Cookie", browser.cookie}}), 401);
  EXPECT_THAT(audit.last(), HasSubstr("admin.logout cookie web:"));
}

TEST_F(Attacks, ASessionOutlivesNeitherIdlenessNorAWeek) {
  const auto browser = sign_in();
  clock.advance(BrowserSessions::kIdle);
  EXPECT_EQ(session_status({{"Cookie", browser.cookie}}), 401);
}

TEST_F(Attacks, WhatCannotBeAuditedDoesNotHappen) {
  audit.is_broken = true;
  const auto response = login(secret);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(header(response, "Set-Cookie"), "");
  EXPECT_EQ(over_socket(http::Method::post, "/api/v1/auth/token/rotate").status, 503);
  EXPECT_TRUE(token.matches(secret));
}

TEST_F(Attacks, NoRecordHoldsASecret) {
  const auto browser = sign_in();
  login("a-guess-that-is-nearly-right");
  over_socket(http::Method::post, "/api/v1/auth/token/rotate");
  const auto value = browser.cookie.substr(browser.cookie.find('=') + 1);
  for (const auto& event : audit.events) {
    const auto text = fmt::format("{} {} {} {} {}", event.type, event.reason, event.actor.id,
                                  event.correlation_id, event.client);
    for (const std::string_view planted :
         {std::string_view(secret), std::string_view(value), std::string_view("nearly-right")}) {
      EXPECT_THAT(text, Not(HasSubstr(std::string(planted))));
    }
  }
}

/// Lets `after` happen once the second write is under way.
class Listener final : public http::StreamWriter {
 public:
  explicit Listener(std::function<void()> after) : after_(std::move(after)) {}
  boost::asio::awaitable<bool> write(std::string_view) override {
    if (++writes == 2) after_();
    co_return writes < 100;
  }
  int writes = 0;

 private:
  std::function<void()> after_;
};

Task<int> listen(http::StreamBody& body, Listener& listener) {
  auto run = body.run(listener);
  co_await std::move(run);
  co_return listener.writes;
}

TEST_F(Attacks, ASessionThatEndsStopsListening) {
  const auto browser = sign_in();
  const auto feed = send({.target = "/api/v1/feed", .headers = {{"Cookie", browser.cookie}}});
  ASSERT_NE(feed.stream, nullptr);
  EXPECT_TRUE(feed.stream->traits().is_endless);
  Listener listener([&] {
    EXPECT_EQ(send({.method = http::Method::post,
                    .target = "/api/v1/auth/logout",
                    .headers = {{"Cookie", browser.cookie}, {"X-CSRF-Token", browser.csrf}}})
                  .status,
              204);
  });
  EXPECT_EQ(support::await(listen(*feed.stream, listener)), 2);
}

TEST_F(Attacks, AnOldTokenStopsListening) {
  const auto bearer = "Bearer " + secret;
  const auto feed = send({.target = "/api/v1/feed", .headers = {{"Authorization", bearer}}});
  ASSERT_NE(feed.stream, nullptr);
  Listener listener(
      [&] { EXPECT_EQ(over_socket(http::Method::post, "/api/v1/auth/token/rotate").status, 200); });
  EXPECT_EQ(support::await(listen(*feed.stream, listener)), 2);
}

TEST_F(Attacks, FramingAndOtherUsesByPagesAreForbidden) {
  const auto response = send({.target = "/api/v1/auth/session"});
  EXPECT_EQ(header(response, "X-Frame-Options"), "DENY");
  EXPECT_THAT(header(response, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
  EXPECT_EQ(header(response, "Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_EQ(header(response, "Cross-Origin-Opener-Policy"), "same-origin");
  EXPECT_EQ(header(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(response, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header(response, "Set-Cookie"), "");
}

TEST_F(Attacks, APreflightIsAnsweredWithoutPermission) {
  const auto response = send({.method = http::Method::options,
                              .target = std::string(support::kVault),
                              .headers = {{"Origin", "https://evil.example"}}});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(header(response, "Access-Control-Allow-Methods"), "");
}

}  // namespace
}  // namespace sovereign::core
