#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/encoding.hpp"
#include "http/client.hpp"
#include "support/await.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using support::ScriptedConnection;
using support::ScriptedServer;

/// A private authority, and the certificate it gave to the host "localhost".
class Authority {
 public:
  Authority() {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=Test-CA -keyout ca.key -out ca.pem");
    run("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost "
        "-keyout server.key -out server.csr");
    std::ofstream(folder_.file("names")) << "subjectAltName=DNS:localhost\n";
    run("x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile names -out server.pem");
    run("pkey -in server.key -pubout -outform DER -out server.spki");
    run("dgst -sha256 -binary -out server.digest server.spki");
    run("base64 -A -in server.digest -out server.pin");
  }

  std::string ca() const { return folder_.file("ca.pem"); }
  ScriptedServer::Tls server() const {
    return {.certificate_file = folder_.file("server.pem"), .key_file = folder_.file("server.key")};
  }
  std::string pin() const {
    std::ostringstream text;
    text << std::ifstream(folder_.file("server.pin")).rdbuf();
    return "sha256//" + text.str();
  }

 private:
  void run(std::string_view arguments) {
    const auto command =
        fmt::format("cd '{}' && openssl {} >log 2>&1", folder_.path().string(), arguments);
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
  }

  support::TemporaryFolder folder_;
};

class HttpClientTlsTest : public testing::Test {
 protected:
  static const Authority& authority() {
    static const Authority made;
    return made;
  }
  static awaitable<void> answer(ScriptedConnection& connection) {
    for (;;) {
      co_await connection.read_request();
      co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    }
  }

  ClientRequest request(std::string_view host = "localhost") const {
    return {.url = fmt::format("https://{}:{}/", host, server.port()),
            .timeout = 10s,
            .ca_file = authority().ca(),
            .allow_private_addresses = true};
  }
  Result<ClientResponse> ask(ClientRequest request) {
    return support::await(client.request(std::move(request)));
  }
  void expect_untrusted(ClientRequest request) {
    const auto response = ask(std::move(request));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unavailable) << response.error().context;
    EXPECT_EQ(response.error().name, Client::kUntrusted) << response.error().context;
  }

  ScriptedServer server{&HttpClientTlsTest::answer, authority().server()};
  Client client;
};

TEST_F(HttpClientTlsTest, TrustsAPrivateAuthorityThatIsNamed) {
  const auto response = ask(request());
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->body, "hello");
  EXPECT_TRUE(ask(request())->reused_connection);
}

TEST_F(HttpClientTlsTest, DoesNotTrustAnAuthorityOfNobody) {
  auto unnamed = request();
  unnamed.ca_file.clear();
  expect_untrusted(std::move(unnamed));
}

TEST_F(HttpClientTlsTest, AConnectionOfAnotherAuthorityIsNotReused) {
  ASSERT_TRUE(ask(request()));
  auto unnamed = request();
  unnamed.ca_file.clear();
  expect_untrusted(std::move(unnamed));
}

TEST_F(HttpClientTlsTest, DoesNotTrustACertificateForAnotherHost) {
  expect_untrusted(request("127.0.0.1"));
}

TEST_F(HttpClientTlsTest, AcceptsThePinnedKeyAndNoOther) {
  auto pinned = request();
  pinned.pinned_key = authority().pin();
  const auto response = ask(pinned);
  ASSERT_TRUE(response) << response.error().context;
  pinned.pinned_key = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  expect_untrusted(std::move(pinned));
}

}  // namespace
}  // namespace sovereign::http
