#include "mail/message_format.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace sovereign::mail {
namespace {

const Envelope kEnvelope{.from = "registry@example.com",
                         .message_id = "id-1",
                         .date = Timestamp{std::chrono::microseconds{1'750'000'000'000'042}}};

Result<std::string> format(std::string subject, std::string text,
                           std::string to = "dev@example.org") {
  return format_message(
      {.to = std::move(to), .subject = std::move(subject), .text = std::move(text)}, kEnvelope);
}

std::string body(std::string text) {
  const auto mail = format("s", std::move(text)).value();
  return mail.substr(mail.find("\r\n\r\n") + 4);
}

TEST(MessageFormat, WritesHeadersAndTextWithCrlf) {
  EXPECT_EQ(
      format("Confirm your address", "Hello,\nfollow https://example.com/?token=abc\r\n").value(),
      "Date: Sun, 15 Jun 2025 15:06:40 +0000\r\n"
      "From:\r\n <registry@example.com>\r\n"
      "To:\r\n <dev@example.org>\r\n"
      "Message-ID:\r\n <id-1@example.com>\r\n"
      "Subject: Confirm your address\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "\r\n"
      "Hello,\r\n"
      "follow https://example.com/?token=3Dabc\r\n");
}

TEST(MessageFormat, EncodesSubjectsBeyondAscii) {
  EXPECT_TRUE(format("Grüße", "x")->contains("Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));
  EXPECT_TRUE(format("=?UTF-8?Q?fake?=", "x")->contains("Subject: =?UTF-8?B?"));
}

TEST(MessageFormat, BreaksLongSubjectsBetweenCharacters) {
  std::string subject;
  for (int i = 0; i < 100; ++i) subject += "é";
  const auto mail = format(subject, "x").value();
  // 42 bytes a word: 21 characters, so the first one ends with a whole one.
  EXPECT_TRUE(mail.contains(
      "Subject: =?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOp?=\r\n "
      "=?UTF-8?B?w6nD"))
      << mail;
}

TEST(MessageFormat, QuotesWhatIsNotPlain) {
  EXPECT_EQ(body("é=\n"), "=C3=A9=3D\r\n");
  EXPECT_EQ(body("trailing \nkept tab\t\nin side\n"), "trailing=20\r\nkept tab=09\r\nin side\r\n");
  EXPECT_EQ(body(".\n.."), "=2E\r\n=2E.\r\n");
  EXPECT_EQ(body("lone\rreturn"), "lone=0Dreturn\r\n");
  EXPECT_EQ(body(""), "");
}

TEST(MessageFormat, KeepsEveryLineShort) {
  const auto mail = format(std::string(500, 's'), std::string(1000, 'a') + std::string(500, '=') +
                                                      "\n" + std::string(76, 'b'))
                        .value();
  std::istringstream lines(mail);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 79U) << line;
    EXPECT_TRUE(line.ends_with('\r'));
  }
}

TEST(MessageFormat, LetsNobodyAddHeaders) {
  using namespace std::string_literals;
  for (const auto& bad : {"a\r\nBcc: x@example.com"s, "a\nb"s, "a\rb"s, "a\0b"s, "a\x7f"s, "\xff"s,
                          std::string(901, 's')}) {
    EXPECT_EQ(format(bad, "x").error().code, ErrorCode::unprocessable);
  }
  EXPECT_EQ(format("s", "x", "dev@example.org>\r\nBcc: x@example.com").error().code,
            ErrorCode::unprocessable);
  EXPECT_EQ(format("s", "a\0b"s).error().code, ErrorCode::unprocessable);
  EXPECT_EQ(format("s", "\xff").error().code, ErrorCode::unprocessable);
  auto envelope = kEnvelope;
  envelope.from = "x\r\n@example.com";
  EXPECT_FALSE(format_message({.to = "dev@example.org", .subject = "s", .text = "t"}, envelope));
}

TEST(Address, AcceptsTheUsualForms) {
  for (const char* text :
       {"a@b", "dev.one+tag@example.co.uk", "o'brien@xn--bcher-kva.example", "_x-y@1and1.com"}) {
    EXPECT_TRUE(is_address(text)) << text;
  }
}

TEST(Address, RefusesTheRest) {
  for (const char* text : {"",
                           "@",
                           "a@",
                           "@b",
                           "a",
                           "a b@c",
                           "a@b c",
                           ".a@b",
                           "a.@b",
                           "a..b@c",
                           "a@.b",
                           "a@b.",
                           "a@b..c",
                           "a@-b.c",
                           "a@b-.c",
                           "\"a\"@b",
                           "a@[127.0.0.1]",
                           "a@b@c",
                           "<a@b>",
                           "a@b\n",
                           "a\n@b",
                           "é@b.c",
                           "a@é.c",
                           "a,b@c"}) {
    EXPECT_FALSE(is_address(text)) << text;
  }
  EXPECT_FALSE(is_address(std::string(65, 'a') + "@b.c"));
  EXPECT_FALSE(is_address("a@" + std::string(64, 'b') + ".c"));
  EXPECT_FALSE(is_address("a@" + std::string(252, 'b')));
}

}  // namespace
}  // namespace sovereign::mail
