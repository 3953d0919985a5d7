#include "registry/changes/cursor.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;

ChangeCursor snapshot_cursor() {
  const auto agent = AgentId::parse("550e8400-e29b-41d4-a716-446655440000").value();
  return {.position = 7, .snapshot = SnapshotPlace{Timestamp{-1us}, agent}};
}

TEST(ChangeCursors, WhatIsWrittenIsReadBackByWhoeverHasTheSecret) {
  const ChangeCursors here("the replicas' secret");
  const ChangeCursors there("the replicas' secret");
  for (const auto& cursor :
       {ChangeCursor{.position = 0}, ChangeCursor{.position = 1LL << 60}, snapshot_cursor()}) {
    const auto text = here.encode(cursor);
    EXPECT_LE(text.size(), 120U);
    EXPECT_EQ(there.decode(text), cursor);
  }
}

TEST(ChangeCursors, AnotherSecretsCursorIsRefused) {
  const ChangeCursors here("one secret");
  const ChangeCursors there("another secret");
  EXPECT_EQ(there.decode(here.encode({.position = 7})), std::nullopt);
}

TEST(ChangeCursors, NoByteCanBeChanged) {
  const ChangeCursors cursors("the replicas' secret");
  for (const auto& cursor : {ChangeCursor{.position = 7}, snapshot_cursor()}) {
    const auto bytes = base::from_base64url(cursors.encode(cursor)).value();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      auto forged = bytes;
      forged[i] ^= 1;
      EXPECT_EQ(cursors.decode(base::to_base64url(forged)), std::nullopt) << i;
    }
  }
}

TEST(ChangeCursors, NoLengthButTheRightOneIsRead) {
  const ChangeCursors cursors("the replicas' secret");
  const auto text = cursors.encode({.position = 7});
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(cursors.decode(std::string_view(text).substr(0, length)), std::nullopt) << length;
  }
  EXPECT_EQ(cursors.decode(text + text), std::nullopt);
  EXPECT_EQ(cursors.decode("not base64url!"), std::nullopt);
}

}  // namespace
}  // namespace sovereign::registry
