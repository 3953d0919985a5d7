#include "core/ids.hpp"

#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

TEST(AgentId, TakesReverseDnsNames) {
  for (const char* text : {"com.example.hello", "com.opensentience.git_commit", "a.b",
                           "com.example.git-analyzer", "org.x1.y2.z3"}) {
    const auto id = AgentId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->text(), text);
  }
}

TEST(AgentId, RefusesWhatCouldBeAPathOrTwoNames) {
  for (const char* text : {"", ".", "..", "a", "a.", ".a", "a..b", "A.b", "a/b.c", "a.b/c", "a.-b",
                           "a.b-", "a._b", "a b.c", "a.b\n", "a.\xc3\xa9"}) {
    EXPECT_FALSE(AgentId::parse(text)) << text;
  }
  EXPECT_FALSE(AgentId::parse("a." + std::string(AgentId::kMaxLength, 'x')));
}

TEST(AgentId, OneLabelIsForDevelopmentOnly) {
  EXPECT_FALSE(AgentId::parse("hello"));
  EXPECT_TRUE(AgentId::parse_in_development("hello"));
  EXPECT_FALSE(AgentId::parse_in_development(".."));
}

TEST(ToolId, IsAnAgentsIdAndAName) {
  const auto id = ToolId::parse("com.example.hello/say_hello");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->agent().text(), "com.example.hello");
  EXPECT_EQ(id->name(), "say_hello");
}

TEST(ToolId, RefusesOtherShapes) {
  for (const char* text : {"", "/", "com.example.hello", "com.example.hello/", "/x", "a.b/c/d",
                           "a.b/.c", "a.b/c d", "a..b/c"}) {
    EXPECT_FALSE(ToolId::parse(text)) << text;
  }
  EXPECT_FALSE(ToolId::parse("a.b/" + std::string(ToolId::kMaxNameLength + 1, 'x')));
}

}  // namespace
}  // namespace sovereign::core
