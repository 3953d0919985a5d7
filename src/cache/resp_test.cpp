#include "cache/resp.hpp"

#include <gtest/gtest.h>

namespace sovereign::cache {
namespace {

Result<std::optional<Reply>> read(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  return reader.next();
}

TEST(EncodeCommand, CountsItsWordsAndTheirBytes) {
  const std::string_view words[] = {"SET", "k", std::string_view("a\r\n\0b", 5)};
  EXPECT_EQ(encode_command(words),
            std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n", 31));
}

TEST(ReplyReader, ReadsEveryKindOfReply) {
  ReplyReader reader;
  reader.feed("+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n*-1\r\n$2\r\nhi\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n");
  using enum Reply::Kind;
  EXPECT_EQ(**reader.next(), (Reply{.kind = status, .text = "OK"}));
  EXPECT_EQ(**reader.next(), (Reply{.kind = error, .text = "ERR no"}));
  EXPECT_EQ(**reader.next(), (Reply{.kind = integer, .integer = -7}));
  EXPECT_EQ(**reader.next(), Reply{});
  EXPECT_EQ(**reader.next(), Reply{});
  EXPECT_EQ(**reader.next(), (Reply{.kind = text, .text = "hi"}));
  const Reply inner{.kind = array, .items = {{.kind = text, .text = "x"}}};
  EXPECT_EQ(**reader.next(),
            (Reply{.kind = array, .items = {{.kind = integer, .integer = 1}, inner}}));
  EXPECT_EQ(*reader.next(), std::nullopt);
}

TEST(ReplyReader, TakesBytesInAnyPieces) {
  ReplyReader reader;
  std::string_view bytes = "*2\r\n$5\r\nhello\r\n:42\r\n";
  for (; bytes.size() > 1; bytes.remove_prefix(1)) {
    reader.feed(bytes.substr(0, 1));
    ASSERT_EQ(*reader.next(), std::nullopt);
  }
  reader.feed(bytes);
  const auto reply = reader.next();
  ASSERT_TRUE(reply && *reply);
  EXPECT_EQ((*reply)->items.at(0).text, "hello");
  EXPECT_EQ((*reply)->items.at(1).integer, 42);
}

TEST(ReplyReader, RefusesWhatIsNotTheProtocolForGood) {
  ReplyReader reader;
  reader.feed("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_FALSE(reader.next());
  reader.feed("+OK\r\n");
  EXPECT_FALSE(reader.next());
}

TEST(ReplyReader, RefusesArraysAndRepliesOverTheirLimits) {
  EXPECT_FALSE(read("*2000000000\r\n"));
  EXPECT_FALSE(read("*2\r\n*2000000000\r\n"));
  EXPECT_FALSE(read("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"));
  EXPECT_FALSE(read("$99999999\r\n" + std::string(ReplyReader::kMaxBytes, 'x')));
}

TEST(Reply, NamesNothingOfAnErrorButItsCode) {
  const auto code = [](std::string text) {
    return std::string(Reply{.kind = Reply::Kind::error, .text = std::move(text)}.error_code());
  };
  EXPECT_EQ(code("WRONGPASS invalid username-password pair"), "WRONGPASS");
  EXPECT_EQ(code("ERR unknown command 'AUTH', with args beginning with: 'secret'"), "ERR");
  EXPECT_EQ(code("secret"), "");
}

}  // namespace
}  // namespace sovereign::cache
