#include "blob/types.hpp"

#include <gtest/gtest.h>

namespace sovereign::blob {
namespace {

TEST(BlobKey, TakesSegmentsOfPlainCharacters) {
  for (const auto* text : {"a", "artifacts/0f/3c.tar-gz", "1/2/3/4/5/6/7/8", "a_b/c..d"}) {
    const auto key = Key::parse(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->text(), text);
  }
}

TEST(BlobKey, RefusesWhatCouldLeaveItsFolderOrMeanSomethingInAUrl) {
  for (const std::string_view text :
       {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/.b", ".a", "A", "a b",
        "a?b", "a%2fb", "a\\b", "1/2/3/4/5/6/7/8/9"}) {
    EXPECT_FALSE(Key::parse(text)) << text;
  }
  EXPECT_FALSE(Key::parse(std::string_view("a\0b", 3)));
  EXPECT_TRUE(Key::parse(std::string(200, 'a')));
  EXPECT_FALSE(Key::parse(std::string(201, 'a')));
}

}  // namespace
}  // namespace sovereign::blob
