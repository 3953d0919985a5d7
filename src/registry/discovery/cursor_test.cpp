#include "registry/discovery/cursor.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

Cursor cursor(decltype(search::Position::at) at) {
  Cursor cursor{.query_digest = 0x0123456789abcdefU, .page = 7, .position = {}};
  cursor.position.at = std::move(at);
  cursor.position.key.bytes[15] = 9;
  return cursor;
}

TEST(CursorTest, EveryKindOfPositionComesBack) {
  for (const auto& made : {cursor(search::Rank{std::numeric_limits<std::uint64_t>::max()}),
                           cursor(-1.5), cursor(-std::numeric_limits<double>::infinity()),
                           cursor(std::string("\0n\xc3\xa4me", 7)), cursor(std::string())}) {
    EXPECT_EQ(decode_cursor(encode_cursor(made)), made);
  }
}

TEST(CursorTest, GarbageIsNoCursor) {
  const auto good = encode_cursor(cursor(1.0));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode_cursor(good.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode_cursor(good + "A"));
  EXPECT_FALSE(decode_cursor("not base64url!"));
  EXPECT_FALSE(decode_cursor(encode_cursor(cursor(std::numeric_limits<double>::quiet_NaN()))));
  auto bytes = base::from_base64url(good).value();
  bytes[0] = 2;
  EXPECT_FALSE(decode_cursor(base::to_base64url(bytes)));
  bytes[0] = 1;
  bytes[1] = 3;
  EXPECT_FALSE(decode_cursor(base::to_base64url(bytes)));
}

}  // namespace
}  // namespace sovereign::registry
