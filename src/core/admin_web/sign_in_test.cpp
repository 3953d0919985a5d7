// The front door over real sockets: how the command line and a browser get in.
#include <gmock/gmock.h>

#include "http/local_client.hpp"
#include "http/server.hpp"
#include "support/admin_fixture.hpp"
#include "support/http_client.hpp"

namespace sovereign::core {
namespace {

using testing::HasSubstr;

class SignIn : public support::AdminFixture {
 protected:
  void SetUp() override { ASSERT_TRUE(server.start()); }

  /// A browser's request to the port that the server really has.
  support::HttpResponse browse(std::string_view method, std::string_view target,
                               std::string_view headers = {}, std::string_view text = {}) {
    support::HttpClient browser(server.port());
    browser.send(
        fmt::format("{} {} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: {}\r\n{}\r\n{}",
                    method, target, server.port(), text.size(), headers, text));
    return browser.read_response();
  }

  const std::filesystem::path socket = folder.path() / "admin.sock";
  http::Server server{
      {.port = 0, .unix_socket = http::UnixSocketOptions{.path = socket}, .loops = 1}, *pipeline};
  http::LocalClient cli{socket};
};

TEST_F(SignIn, ALinkFromTheCommandLineOpensASessionInABrowser) {
  const auto link =
      cli.request({.method = http::Method::post, .target = "/api/v1/auth/login-link"});
  ASSERT_TRUE(link);
  ASSERT_EQ(link->status, 200) << link->body;
  const auto code = json::parse(link->body).value().at("code").as_string();
  const auto login = browse("POST", "/api/v1/auth/login", "",
                            fmt::format(R"({{"code":"{}"}})", std::string_view(code)));
  ASSERT_EQ(login.status, 200) << login.body;
  const auto set = login.header("Set-Cookie");
  const auto cookie = fmt::format("Cookie: {}\r\n", set.substr(0, set.find(';')));
  EXPECT_EQ(browse("POST", support::kVault, cookie).status, 403);
  const auto csrf = json::parse(login.body).value().at("csrf_token").as_string();
  EXPECT_EQ(browse("POST", support::kVault,
                   fmt::format("{}X-CSRF-Token: {}\r\nOrigin: http://localhost:{}\r\n", cookie,
                               std::string_view(csrf), server.port()))
                .status,
            204);
}

TEST_F(SignIn, TheCommandLineNeedsNoToken) {
  const auto session = cli.request({.target = "/api/v1/auth/session"});
  ASSERT_TRUE(session);
  EXPECT_EQ(session->status, 200);
  EXPECT_EQ(session->body, R"({"actor":"admin.sock"})");
  const auto shown = cli.request({.target = "/api/v1/auth/token"});
  ASSERT_TRUE(shown);
  EXPECT_THAT(shown->body, HasSubstr(secret));
}

TEST_F(SignIn, APortNeedsOne) {
  EXPECT_EQ(browse("POST", support::kVault).status, 401);
  EXPECT_EQ(
      browse("POST", support::kVault, fmt::format("Authorization: Bearer {}\r\n", secret)).status,
      204);
}

TEST_F(SignIn, TheCommandLineFollowsAStreamUntilItHasSeenEnough) {
  std::size_t events = 0;
  http::SseParser parser;
  const auto response = cli.stream({.target = "/api/v1/feed"}, [&](std::string_view bytes) {
    events += parser.feed(bytes).size();
    return events < 100 ? http::Continue::yes : http::Continue::no;
  });
  ASSERT_TRUE(response);
  EXPECT_GE(events, 100U);
}

}  // namespace
}  // namespace sovereign::core
