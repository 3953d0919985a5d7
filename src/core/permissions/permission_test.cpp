#include "core/permissions/permission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace sovereign::core {
namespace {

using testing::HasSubstr;

Permission permission(std::string_view text) {
  auto parsed = Permission::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().detail);
  return parsed ? *parsed : Permission::parse("process:spawn").value();
}

bool covers(std::string_view a, std::string_view b) { return permission(a).covers(permission(b)); }

TEST(Permission, HasADomainAnActionAndARestThatMayHoldColons) {
  const auto p = permission(" graph:read:project:my_project:code ");
  EXPECT_EQ(p.text(), "graph:read:project:my_project:code");
  EXPECT_EQ(p.domain(), PermissionDomain::graph);
  EXPECT_EQ(p.category(), "graph");
  EXPECT_EQ(p.action(), "read");
  EXPECT_EQ(p.rest(), "project:my_project:code");
  EXPECT_EQ(permission("process:spawn").rest(), "");
}

TEST(Permission, EveryFormOfTheTaxonomyParses) {
  for (const char* text : {"filesystem:read:~/Projects/**",
                           "filesystem:write:/tmp/a?/*.txt",
                           "filesystem:read:~",
                           "filesystem:execute:git",
                           "filesystem:execute:/usr/bin/*",
                           "network:egress:api.example.com",
                           "network:egress:*.example.com",
                           "network:egress:*",
                           "network:egress:llm_api",
                           "network:egress:localhost",
                           "network:tcp:connect:db.example.com:5432",
                           "network:tcp:connect:*.example.com:*",
                           "network:dns:resolve",
                           "process:spawn",
                           "process:signal:*",
                           "process:signal:42",
                           "env:read:AWS_*",
                           "env:read:*",
                           "env:write:LANG",
                           "tool:invoke:com.example.a/b",
                           "tool:invoke:*/b",
                           "tool:invoke:com.example.a/*",
                           "tool:invoke:*",
                           "tool:invoke:*/*",
                           "event:publish:a.*.c",
                           "event:subscribe:*",
                           "event:filter:set",
                           "event:admin",
                           "event:inspect",
                           "event:dlq:read",
                           "event:dlq:requeue",
                           "database:rw:main",
                           "graph:write:*",
                           "graph:read:shared:x:*",
                           "graph:query:advanced",
                           "graph:entity:create",
                           "graph:schema:write",
                           "graph:admin",
                           "fleetprompt:skill:execute",
                           "fleetprompt:workflow:trigger",
                           "company:update:acme",
                           "company:agent:add",
                           "mission:start:acme",
                           "delegatic:mission:cancel",
                           "secrets:use:github",
                           "audit:log:events"}) {
    EXPECT_TRUE(Permission::parse(text)) << text;
  }
}

TEST(Permission, WhatItsDomainDoesNotKnowIsAnErrorAndNeverALiteral) {
  for (const char* text : {"",
                           ":",
                           "a",
                           "a:",
                           ":b",
                           "a:b:",
                           "1a:b",
                           "a b:c",
                           "env:read",
                           "env:read:",
                           "env:raed:A",
                           "env:read:A*B",
                           "env:read:*A",
                           "env:read:1A",
                           "env:read:A?",
                           "filesystem:read:relative",
                           "filesystem:read:/a/../b",
                           "filesystem:read:/a/b**",
                           "filesystem:read:/a/{b,c}",
                           "filesystem:read:/a/[b]",
                           "filesystem:read:/a\\b",
                           "filesystem:read:~root/x",
                           "filesystem:execute:*",
                           "network:egress:http://x",
                           "network:egress:*.*",
                           "network:egress:a*",
                           "network:egress:a..b",
                           "network:egress:host:443",
                           "network:tcp:connect:a.b:0",
                           "network:tcp:connect:a.b:65536",
                           "network:tcp:connect:a.b",
                           "network:tcp:listen:a.b:1",
                           "network:dns:lookup",
                           "process:spawn:x",
                           "process:signal:-1",
                           "process:signal:1*",
                           "tool:invoke:a",
                           "tool:invoke:com.a/b*",
                           "tool:invoke:com.a*/b",
                           "tool:invoke:com.a/b/c",
                           "event:publish:a.>",
                           "event:publish:>",
                           "event:publish:a.b*",
                           "event:publish:a..b",
                           "event:publish:**",
                           "graph:read:a*",
                           "graph:read:a:*:b",
                           "graph:read::*",
                           "audit:log:all",
                           "event:admin:x",
                           "delegatic:company:write"}) {
    const auto parsed = Permission::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().name, "permission.invalid");
  }
  EXPECT_FALSE(Permission::parse("env:read:A\nB"));
  EXPECT_FALSE(Permission::parse("filesystem:read:/a\u202eb"));
  EXPECT_FALSE(Permission::parse("env:read:" + std::string(292, 'A')));
  EXPECT_TRUE(Permission::parse("env:read:" + std::string(291, 'A')));
}

TEST(Permission, AnUnknownDomainIsKeptHasNoEffectAndIsSuggestedAKnownOne) {
  const auto p = permission("fs:read:/tmp/**");
  EXPECT_EQ(p.domain(), PermissionDomain::unrecognised);
  EXPECT_EQ(p.enforcement(), Enforcement::unrecognised);
  EXPECT_EQ(p.suggestion(), "filesystem");
  EXPECT_THAT(p.describe(), HasSubstr("no effect"));
  EXPECT_THAT(p.describe(), HasSubstr("filesystem"));
  EXPECT_FALSE(p.covers(p));
  EXPECT_EQ(permission("netwrok:egress:*").suggestion(), "network");
  EXPECT_EQ(permission("tol:invoke:*").suggestion(), "tool");
  EXPECT_EQ(permission("telepathy:send:*").suggestion(), "");
}

TEST(Permission, SaysInWordsWhatItWouldAllow) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"filesystem:read:~/Projects/**", "Read everything in ~/Projects and the folders in it."},
      {"filesystem:write:/tmp/*", "Create, change and delete what lies directly in /tmp/."},
      {"filesystem:execute:git", "Run the program git."},
      {"network:egress:*", "Connect to any host."},
      {"network:egress:*.example.com", "Connect to any host below example.com."},
      {"network:tcp:connect:db.example.com:5432", "Connect to port 5432 of db.example.com."},
      {"env:read:AWS_*", "See environment variables whose names begin with AWS_."},
      {"tool:invoke:com.example.a/b", "Call the tool b of com.example.a."},
      {"tool:invoke:*", "Call every tool of every agent."},
      {"event:subscribe:*", "Receive events of every kind."},
      {"process:spawn", "Start other programs."}};
  for (const auto& [text, words] : cases) EXPECT_EQ(permission(text).describe(), words);
}

TEST(Permission, TheDangerousOnesAreOfHighRisk) {
  for (const char* text :
       {"network:egress:*", "filesystem:write:~/**", "filesystem:read:/**",
        "filesystem:execute:git", "process:spawn", "process:signal:*", "event:publish:*",
        "event:subscribe:*", "graph:write:*", "tool:invoke:*/x", "tool:invoke:*",
        "filesystem:read:~/.ssh/**", "env:read:GITHUB_TOKEN", "env:read:*", "secrets:use:github"}) {
    EXPECT_EQ(permission(text).risk().level, Risk::high) << text;
    EXPECT_FALSE(permission(text).risk().reason.empty()) << text;
  }
  EXPECT_EQ(permission("filesystem:write:~/Projects/x/**").risk().level, Risk::medium);
  EXPECT_EQ(permission("env:read:LANG").risk().level, Risk::low);
  EXPECT_TRUE(permission("tool:invoke:*/*").is_dangerous());
  EXPECT_FALSE(permission("tool:invoke:*/x").is_dangerous());
}

TEST(Permission, TheCoreEnforcesVariablesAndToolsOnly) {
  EXPECT_EQ(permission("env:read:LANG").enforcement(), Enforcement::core);
  EXPECT_EQ(permission("tool:invoke:com.a/b").enforcement(), Enforcement::core);
  EXPECT_EQ(permission("filesystem:read:/tmp/**").enforcement(), Enforcement::declared_only);
}

TEST(Permission, PathsAreMatchedSegmentBySegment) {
  const auto matches = [](std::string_view text, std::string_view path) {
    return permission(text).matches_path({"read", path, "/home/ada"});
  };
  EXPECT_TRUE(matches("filesystem:read:~/p/**", "/home/ada/p/a/b"));
  EXPECT_TRUE(matches("filesystem:read:~/p/**", "/home/ada/p"));
  EXPECT_FALSE(matches("filesystem:read:~/p/**", "/home/ada/pq"));
  EXPECT_FALSE(matches("filesystem:read:~/p/**", "/home/adamant/p/x"));
  EXPECT_TRUE(matches("filesystem:read:/a/*.txt", "/a/b.txt"));
  EXPECT_FALSE(matches("filesystem:read:/a/*.txt", "/a/b/c.txt"));
  EXPECT_TRUE(matches("filesystem:read:/a/?", "/a/\u00e4"));
  EXPECT_FALSE(matches("filesystem:read:/a/?", "/a/bc"));
  EXPECT_TRUE(matches("filesystem:read:/a//./b", "/a/b"));
  EXPECT_TRUE(matches("filesystem:read:/**/x/**/y", "/x/y"));
  EXPECT_FALSE(matches("filesystem:write:/a", "/a"));
  EXPECT_FALSE(matches("filesystem:read:/a/**", "a/b"));
  const auto home_is_no_pattern = permission("filesystem:read:~/x");
  EXPECT_FALSE(home_is_no_pattern.matches_path({"read", "/home/bob/x", "/home/*"}));
}

TEST(Permission, HostsTagsTopicsVariablesAndToolsAreMatchedByTheirRules) {
  EXPECT_TRUE(permission("network:egress:API.example.com").matches_host("api.Example.com"));
  EXPECT_TRUE(permission("network:egress:*.example.com").matches_host("a.b.example.com"));
  EXPECT_FALSE(permission("network:egress:*.example.com").matches_host("example.com"));
  EXPECT_FALSE(permission("network:egress:*.example.com").matches_host("badexample.com"));
  EXPECT_TRUE(permission("network:egress:*").matches_host("router"));
  EXPECT_FALSE(permission("network:egress:llm_api").matches_host("llm_api"));
  EXPECT_EQ(permission("network:egress:llm_api").network_tag(), "llm_api");
  EXPECT_EQ(permission("network:egress:localhost").network_tag(), "");
  EXPECT_TRUE(permission("network:egress:localhost").matches_host("localhost"));

  EXPECT_TRUE(permission("event:publish:a.*.c").matches_topic("publish", "a.b.c"));
  EXPECT_FALSE(permission("event:publish:a.*").matches_topic("publish", "a.b.c"));
  EXPECT_FALSE(permission("event:publish:a.b").matches_topic("subscribe", "a.b"));
  EXPECT_TRUE(permission("event:subscribe:*").matches_topic("subscribe", "a.b.c"));
  EXPECT_FALSE(permission("event:publish:*.b").matches_topic("publish", ".b"));

  EXPECT_TRUE(permission("env:read:AWS_*").matches_env("AWS_REGION"));
  EXPECT_FALSE(permission("env:read:AWS_*").matches_env("AWS"));
  EXPECT_FALSE(permission("env:write:LANG").matches_env("LANG"));
  EXPECT_FALSE(permission("env:read:*").matches_env("A=B"));

  const auto tool = ToolId::parse("com.example.a/b").value();
  EXPECT_TRUE(permission("tool:invoke:com.example.a/b").matches_tool(tool));
  EXPECT_TRUE(permission("tool:invoke:*/b").matches_tool(tool));
  EXPECT_TRUE(permission("tool:invoke:com.example.a/*").matches_tool(tool));
  EXPECT_TRUE(permission("tool:invoke:*").matches_tool(tool));
  EXPECT_FALSE(permission("tool:invoke:com.example/b").matches_tool(tool));
  EXPECT_FALSE(permission("tool:invoke:*/c").matches_tool(tool));
}

TEST(Permission, OneCoversAnotherOnlyWhenItAllowsNoLess) {
  EXPECT_TRUE(covers("filesystem:read:~/p/**", "filesystem:read:~/p/x/*.md"));
  EXPECT_TRUE(covers("filesystem:read:~/p/**", "filesystem:read:~/p/**"));
  EXPECT_FALSE(covers("filesystem:read:~/p/*", "filesystem:read:~/p/**"));
  EXPECT_FALSE(covers("filesystem:read:/**", "filesystem:read:~/p"));
  EXPECT_FALSE(covers("filesystem:read:~/**", "filesystem:write:~/p"));
  EXPECT_TRUE(covers("filesystem:read:/a/*b*", "filesystem:read:/a/xb?"));
  EXPECT_FALSE(covers("filesystem:read:/a/?", "filesystem:read:/a/*"));
  EXPECT_TRUE(covers("network:egress:*.a.org", "network:egress:*.b.a.org"));
  EXPECT_TRUE(covers("network:egress:*.a.org", "network:egress:*.A.org"));
  EXPECT_FALSE(covers("network:egress:*.a.org", "network:egress:a.org"));
  EXPECT_TRUE(covers("network:egress:*", "network:egress:llm_api"));
  EXPECT_FALSE(covers("network:egress:llm_api", "network:egress:*"));
  EXPECT_TRUE(covers("network:tcp:connect:*.a.org:*", "network:tcp:connect:b.a.org:80"));
  EXPECT_FALSE(covers("network:tcp:connect:b.a.org:80", "network:tcp:connect:b.a.org:*"));
  EXPECT_TRUE(covers("env:read:A*", "env:read:AB*"));
  EXPECT_FALSE(covers("env:read:AB*", "env:read:A*"));
  EXPECT_TRUE(covers("tool:invoke:*", "tool:invoke:*/*"));
  EXPECT_TRUE(covers("tool:invoke:*/*", "tool:invoke:*"));
  EXPECT_FALSE(covers("tool:invoke:com.a/*", "tool:invoke:*/x"));
  EXPECT_TRUE(covers("event:publish:a.*", "event:publish:a.b"));
  EXPECT_FALSE(covers("event:publish:*.b", "event:publish:*"));
  EXPECT_TRUE(covers("graph:read:project:*", "graph:read:project:x:*"));
  EXPECT_FALSE(covers("graph:read:project:*", "graph:read:project"));
  EXPECT_FALSE(covers("graph:entity:create", "graph:entity:link"));
}

/// Short texts over few characters, so that patterns and what they match meet often.
class RandomTexts {
 public:
  std::string path(std::initializer_list<const char*> words) {
    std::string text;
    for (int i = pick(4); i >= 0; --i) text += std::string("/") + word(words);
    return text;
  }
  std::string word(std::initializer_list<const char*> words) {
    return *(words.begin() + pick(static_cast<int>(words.size())));
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::mt19937 random_{20'250'101};
};

TEST(Permission, WhatACoveredPatternMatchesTheCoveringOneMatchesToo) {
  RandomTexts texts;
  int covered = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto pattern = [&] {
      return permission("filesystem:read:" + texts.path({"a", "b", "*", "**", "a*", "?b", "ab"}));
    };
    const auto wide = pattern();
    const auto narrow = pattern();
    const auto path = texts.path({"a", "b", "ab", "aab"});
    const Permission::PathQuestion question{"read", path, "/home/ada"};
    if (!wide.covers(narrow)) continue;
    ++covered;
    if (narrow.matches_path(question)) {
      EXPECT_TRUE(wide.matches_path(question))
          << wide.text() << " " << narrow.text() << " " << path;
    }
  }
  EXPECT_GT(covered, 500);
}

TEST(PermissionSet, ApprovingLessNeverAllowsMore) {
  const std::vector<std::string> all = {
      "env:read:A*",      "env:read:LANG",           "tool:invoke:*/x", "tool:invoke:com.a/*",
      "tool:invoke:*",    "filesystem:read:~/p/**",  "fs:read:/x",      "event:publish:a.*",
      "network:egress:*", "network:egress:api.a.org"};
  const auto everything = PermissionSet::parse(all).value();
  for (unsigned mask = 0; mask < 1U << all.size(); ++mask) {
    std::vector<std::string> some;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((mask >> i & 1U) != 0) some.push_back(all[i]);
    }
    const auto subset = PermissionSet::parse(some).value();
    for (const char* tool : {"com.a/x", "com.a/y", "com.b/x", "com.b/y"}) {
      const auto id = ToolId::parse(tool).value();
      EXPECT_LE(subset.allows_tool(id), everything.allows_tool(id));
    }
    for (const char* name : {"A", "AB", "LANG", "PATH"}) {
      EXPECT_LE(subset.allows_env(name), everything.allows_env(name));
    }
    for (const auto& text : all) {
      const auto wanted = permission(text);
      EXPECT_LE(subset.covers(wanted), everything.covers(wanted)) << text;
    }
  }
  EXPECT_FALSE(everything.covers(permission("fs:read:/x")));
  EXPECT_FALSE(PermissionSet().allows_env("LANG"));
}

TEST(Permission, APatternOfManyStarsIsMatchedInGoodTime) {
  std::string stars = "filesystem:read:";
  for (int i = 0; i < 70; ++i) stars += "/**";
  const auto p = permission(stars + "/z");
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "/a";
  EXPECT_FALSE(p.matches_path({"read", path, "/home/ada"}));
  EXPECT_TRUE(p.matches_path({"read", path + "/z", "/home/ada"}));
}

}  // namespace
}  // namespace sovereign::core
