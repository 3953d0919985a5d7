#include "mail/smtp_mailer.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "async/block_on.hpp"
#include "mail/counting_random_test.hpp"
#include "mail/smtp_sink_test.hpp"

namespace sovereign::mail {

SmtpSink::SmtpSink(SinkPart part)
    : part_(part), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 1) != 0 ||
      ::pipe(stop_) != 0) {
    throw std::runtime_error("cannot listen");
  }
  ::getsockname(listener_, generic, &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

SmtpSink::~SmtpSink() {
  ::close(stop_[1]);
  record();
  ::close(stop_[0]);
  ::close(listener_);
}

const SmtpSink::Record& SmtpSink::record() {
  if (thread_.joinable()) thread_.join();
  return record_;
}

namespace {

constexpr std::string_view kCredentials = "AHVzZXIAaHVudGVyMg==";  // \0user\0hunter2

/// Waits until `fd` can be read; false when `stop` is closed first.
bool wait_readable(int fd, int stop) {
  pollfd both[] = {{fd, POLLIN, 0}, {stop, POLLIN, 0}};
  return ::poll(both, 2, -1) > 0 && both[1].revents == 0;
}

bool say(int connection, const std::string& text) {
  return ::send(connection, text.data(), text.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(text.size());
}

}  // namespace

void SmtpSink::serve() {
  if (!wait_readable(listener_, stop_[0])) return;
  const int connection = ::accept(listener_, nullptr, nullptr);
  talk(connection);
  ::close(connection);
}

void SmtpSink::talk(int connection) {
  if (part_ != SinkPart::silent && !say(connection, "220 sink\r\n")) return;
  std::string input;
  bool in_mail = false;
  char bytes[4096];
  while (wait_readable(connection, stop_[0])) {
    const ssize_t got = ::read(connection, bytes, sizeof bytes);
    if (got <= 0) return;
    input.append(bytes, static_cast<std::size_t>(got));
    for (auto end = input.find("\r\n"); end != std::string::npos; end = input.find("\r\n")) {
      const auto line = input.substr(0, end);
      input.erase(0, end + 2);
      if (in_mail && line != ".") {
        record_.mail += line + "\r\n";
        continue;
      }
      if (!in_mail) record_.commands.push_back(line);
      const auto reply = in_mail ? std::string("250 taken\r\n") : answer(line);
      in_mail = line == "DATA";
      if (reply.empty() || !say(connection, reply)) return;
    }
  }
}

std::string SmtpSink::answer(const std::string& command) const {
  if (command.starts_with("EHLO")) return "250-sink\r\n250 AUTH PLAIN\r\n";
  if (command == "AUTH PLAIN") return part_ == SinkPart::refuse_login ? "535 no\r\n" : "334 \r\n";
  if (command == kCredentials) return "235 yes\r\n";
  if (command.starts_with("MAIL") && part_ == SinkPart::hang_up) return "";
  if (command.starts_with("RCPT") && part_ == SinkPart::busy) return "451 later\r\n";
  if (command == "DATA") return "354 go on\r\n";
  return command == "QUIT" ? "221 bye\r\n" : "250 ok\r\n";
}

namespace {

class SmtpMailerTest : public testing::Test {
 protected:
  SmtpOptions options(std::uint16_t port) {
    return {.host = "127.0.0.1",
            .port = port,
            .security = SmtpSecurity::none,
            .from = "registry@example.com",
            .timeout = std::chrono::milliseconds{5000}};
  }
  Result<void> send(SmtpOptions with, std::string text = "Hello\n") {
    SmtpMailer mailer(std::move(with), pool_, clock_, random_);
    return async::block_on(
        mailer.send({.to = "dev@example.org", .subject = "Welcome", .text = std::move(text)}));
  }

  async::WorkerPool pool_{{.threads = 1}};
  base::ManualClock clock_;
  CountingRandom random_;
};

TEST_F(SmtpMailerTest, HandsTheMailToTheServer) {
  SmtpSink sink(SinkPart::accept);
  const auto outcome = send(options(sink.port()), ".\n..dots\nGrüße\n");
  ASSERT_TRUE(outcome) << outcome.error().context;
  const auto& record = sink.record();
  EXPECT_TRUE(record.mail.contains("Subject: Welcome\r\n"));
  EXPECT_TRUE(record.mail.ends_with("\r\n\r\n=2E\r\n=2E.dots\r\nGr=C3=BC=C3=9Fe\r\n"))
      << record.mail;
  EXPECT_NE(std::ranges::find(record.commands, "MAIL FROM:<registry@example.com>"),
            record.commands.end());
  EXPECT_NE(std::ranges::find(record.commands, "RCPT TO:<dev@example.org>"), record.commands.end());
}

TEST_F(SmtpMailerTest, SignsInWhenItHasAName) {
  SmtpSink sink(SinkPart::accept);
  auto with = options(sink.port());
  with.username = "user";
  with.password = "hunter2";
  const auto outcome = send(with);
  ASSERT_TRUE(outcome) << outcome.error().context;
  const auto& commands = sink.record().commands;
  EXPECT_NE(std::ranges::find(commands, kCredentials), commands.end());
}

TEST_F(SmtpMailerTest, IsUnavailableWhenTheServerRefusesOrGoesAway) {
  const std::pair<SinkPart, std::string> cases[] = {
      {SinkPart::refuse_login, "AUTH"}, {SinkPart::busy, "RCPT"}, {SinkPart::hang_up, "MAIL"}};
  for (const auto& [part, breaking_point] : cases) {
    SmtpSink sink(part);
    auto with = options(sink.port());
    with.username = "user";
    with.password = "hunter2";
    const auto outcome = send(with);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
    EXPECT_FALSE(outcome.error().context.contains("hunter2"));
    EXPECT_EQ(sink.record().mail, "");
    EXPECT_TRUE(std::ranges::any_of(sink.record().commands, [&](const auto& line) {
      return line.starts_with(breaking_point);
    })) << breaking_point;
  }
}

TEST_F(SmtpMailerTest, IsUnavailableWhenNobodyListens) {
  std::uint16_t port = 0;
  {
    SmtpSink gone(SinkPart::silent);
    port = gone.port();
  }
  EXPECT_EQ(send(options(port)).error().code, ErrorCode::unavailable);
}

TEST_F(SmtpMailerTest, TimesOutOnASilentServer) {
  SmtpSink sink(SinkPart::silent);
  auto with = options(sink.port());
  with.timeout = std::chrono::milliseconds{50};
  EXPECT_EQ(send(with).error().code, ErrorCode::timed_out);
}

TEST_F(SmtpMailerTest, SendsNothingInTheClearWhenTlsIsDemanded) {
  SmtpSink sink(SinkPart::accept);
  auto with = options(sink.port());
  with.security = SmtpSecurity::starttls;
  with.username = "user";
  with.password = "hunter2";
  EXPECT_EQ(send(with).error().code, ErrorCode::unavailable);
  for (const auto& line : sink.record().commands) {
    EXPECT_FALSE(line.starts_with("AUTH") || line.starts_with("MAIL")) << line;
  }
}

TEST_F(SmtpMailerTest, RefusesHostsAndSendersThatAreNone) {
  for (const char* host : {"", "a b", "host/path", "user@host", "host?x"}) {
    auto with = options(25);
    with.host = host;
    EXPECT_THROW(SmtpMailer(with, pool_, clock_, random_), std::invalid_argument) << host;
  }
  auto with = options(25);
  with.from = "nobody";
  EXPECT_THROW(SmtpMailer(with, pool_, clock_, random_), std::invalid_argument);
}

}  // namespace
}  // namespace sovereign::mail
