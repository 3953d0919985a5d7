#include "http/outbound.hpp"

#include <arpa/inet.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "http/server.hpp"
#include "support/http_application.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using support::EchoApplication;

class OutboundTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.start()); }

  std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
  }

  Result<ClientResponse> get(const std::string& target, OutboundOptions options) {
    OutboundClient outbound(client, pool, std::move(options));
    return run(outbound.get(target));
  }
  ErrorCode error_of(const std::string& target, OutboundOptions options) {
    const auto outcome = get(target, std::move(options));
    return outcome ? ErrorCode::internal : outcome.error().code;
  }

  template <typename T>
  static Result<T> run(Task<T> task) {
    boost::asio::io_context loop;
    std::optional<Result<T>> outcome;
    boost::asio::co_spawn(loop, keep(std::move(task), outcome), boost::asio::detached);
    loop.run();
    return *outcome;
  }
  template <typename T>
  static boost::asio::awaitable<void> keep(Task<T> task, std::optional<Result<T>>& outcome) {
    outcome = co_await std::move(task);
  }

  EchoApplication application;
  Server server{{.port = 0, .loops = 1}, application};
  Client client;
  async::WorkerPool pool{{.threads = 1}};
  const OutboundOptions local{.allow_private_addresses = true};
};

TEST_F(OutboundTest, FetchesASmallAnswer) {
  const auto response = get(url("/a?b"), local);
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "GET /a ?b\n");
}

TEST_F(OutboundTest, RefusesPrivateAddressesUnlessTheyAreAllowed) {
  EXPECT_EQ(error_of(url("/"), {}), ErrorCode::forbidden);
  EXPECT_TRUE(application.handled().empty());
}

TEST_F(OutboundTest, StopsAtItsLimitOfBytes) {
  EXPECT_TRUE(get(url("/large?4096"), local));
  EXPECT_EQ(error_of(url("/large?4097"), local), ErrorCode::too_large);
}

TEST_F(OutboundTest, GivesUpInTime) {
  auto options = local;
  options.total_timeout = 30ms;
  EXPECT_EQ(error_of(url("/stall"), options), ErrorCode::timed_out);
}

/// A name server that gives one answer: its question with the records of `answers` behind it.
class OneAnswerNameServer {
 public:
  OneAnswerNameServer(std::vector<std::uint8_t> records, std::uint8_t count, std::uint8_t code)
      : records_(std::move(records)), count_(count), code_(code) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    ::bind(socket_, raw, size);
    ::getsockname(socket_, raw, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { answer(); });
  }
  ~OneAnswerNameServer() {
    thread_.join();
    ::close(socket_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void answer() {
    std::array<std::uint8_t, 512> bytes{};
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    auto* raw = reinterpret_cast<sockaddr*>(&peer);
    ::recvfrom(socket_, bytes.data(), bytes.size(), 0, raw, &size);
    std::size_t question_end = 12;
    while (bytes[question_end] != 0) question_end += bytes[question_end] + 1U;
    question_end += 5;  // The root label, type and class.
    std::vector<std::uint8_t> reply(bytes.begin(),
                                    bytes.begin() + static_cast<std::ptrdiff_t>(question_end));
    reply[2] = 0x81;
    reply[3] = static_cast<std::uint8_t>(0x80 | code_);
    reply[7] = count_;
    reply[11] = 0;  // Without the EDNS record of the query.
    reply.insert(reply.end(), records_.begin(), records_.end());
    ::sendto(socket_, reply.data(), reply.size(), 0, raw, size);
  }

  std::vector<std::uint8_t> records_;
  std::uint8_t count_;
  std::uint8_t code_;
  int socket_ = ::socket(AF_INET, SOCK_DGRAM, 0);
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// name (pointer to the question), TXT, IN, TTL 1, length, pieces
const std::vector<std::uint8_t> kTwoRecords = {0xc0, 12, 0,   16,  0, 1,   0,   0,    0,  1,  0,
                                               6,    2,  'a', 'b', 2, 'c', 'd', 0xc0, 12, 0,  16,
                                               0,    1,  0,   0,   0, 1,   0,   2,    1,  'e'};

TEST_F(OutboundTest, JoinsThePiecesOfTxtRecords) {
  const OneAnswerNameServer dns(kTwoRecords, 2, 0);
  OutboundClient outbound(client, pool, {.name_server = NameServer{"127.0.0.1", dns.port()}});
  const auto texts = run(outbound.txt_records("_agentvault.example.org"));
  ASSERT_TRUE(texts) << texts.error().context;
  EXPECT_EQ(*texts, (std::vector<std::string>{"abcd", "e"}));
}

TEST_F(OutboundTest, ANameThatDoesNotExistHasNoTxtRecords) {
  const OneAnswerNameServer dns({}, 0, 3);
  OutboundClient outbound(client, pool, {.name_server = NameServer{"127.0.0.1", dns.port()}});
  const auto texts = run(outbound.txt_records("_agentvault.example.org"));
  ASSERT_TRUE(texts) << texts.error().context;
  EXPECT_TRUE(texts->empty());
}

TEST(DnsTxt, RefusesAnswersThatAreCutShort) {
  std::vector<std::uint8_t> answer = {0, 1, 0x81, 0x80, 0, 1, 0,  1, 0, 0,
                                      0, 0, 1,    'x',  0, 0, 16, 0, 1};
  answer.insert(answer.end(), kTwoRecords.begin(), kTwoRecords.begin() + 18);
  ASSERT_TRUE(parse_txt_answer(answer));
  for (std::size_t size = 0; size < answer.size(); ++size) {
    EXPECT_FALSE(parse_txt_answer(std::span(answer).first(size))) << size;
  }
  answer[answer.size() - 6] = 200;  // A piece longer than its record.
  EXPECT_FALSE(parse_txt_answer(answer));
}

}  // namespace
}  // namespace sovereign::http
