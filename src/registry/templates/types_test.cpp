#include "registry/templates/types.hpp"

#include <gtest/gtest.h>

#include "json/read.hpp"

namespace sovereign::registry {
namespace {

TEST(ProjectRequest, TakesVersionsOfThreeNumbers) {
  for (const char* text : {"0.1.0", "10.20.30", "999999999.0.0"}) EXPECT_TRUE(is_version(text));
  for (const char* text : {"", "1.0", "1.0.0.0", "01.0.0", "1.0.0-rc", "1..0", "1234567890.0.0"}) {
    EXPECT_FALSE(is_version(text)) << text;
  }
}

TEST(ProjectRequest, TakesReverseDomainNamesAsIds) {
  for (const char* text : {"com.example.core", "a.b", "com.example.git-analyzer_2"}) {
    EXPECT_TRUE(is_reverse_dns(text)) << text;
  }
  for (const char* text :
       {"", "single", "com..x", ".com.x", "com.x.", "Com.x", "com.-x", "a.b/c"}) {
    EXPECT_FALSE(is_reverse_dns(text)) << text;
  }
}

TEST(ProjectRequest, RefusesControlCharactersAndUnknownMembers) {
  EXPECT_TRUE(json::read_text<ProjectRequest>(R"({"name":"W","description":"a\nb\tc"})"));
  EXPECT_FALSE(json::read_text<ProjectRequest>(R"({"name":"W\n"})"));
  EXPECT_FALSE(json::read_text<ProjectRequest>(R"({"name":"W","description":"\u001b[31m"})"));
  EXPECT_FALSE(json::read_text<ProjectRequest>(R"({"name":"W","path":"/etc"})"));
  EXPECT_FALSE(json::read_text<ProjectRequest>(R"({})"));
}

}  // namespace
}  // namespace sovereign::registry
