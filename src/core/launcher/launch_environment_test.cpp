#include "core/launcher/launch_environment.hpp"

#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

class LaunchEnvironment : public testing::Test {
 protected:
  process::Environment make(LaunchKind kind) {
    const EnvironmentFacts facts{.agent = agent,
                                 .run = {},
                                 .session_token = "t0ken",
                                 .socket = "/home/run/core.sock",
                                 .manifest_hash = "abc",
                                 .install_path = "/tree",
                                 .path = "/usr/bin:/bin",
                                 .home = "/private/home",
                                 .temporary = "/private/tmp",
                                 .operator_environment = of_operator,
                                 .kind = kind};
    return launch_environment(facts, approval);
  }

  const AgentId agent = AgentId::parse("com.example.hello").value();
  process::Environment of_operator;
  LaunchApproval approval{.allows_env = [](std::string_view) { return false; }};
};

TEST_F(LaunchEnvironment, ACommandGetsExactlyWhatTheProtocolLists) {
  of_operator = {{"SECRET", "x"}, {"LD_PRELOAD", "y"}, {"TERM", "z"}};
  const process::Environment expected{
      {"HOME", "/private/home"},
      {"LANG", "C.UTF-8"},
      {"MIX_ENV", "prod"},
      {"OPENSENTIENCE_AGENT_ID", "com.example.hello"},
      {"OPENSENTIENCE_INSTALL_PATH", "/tree"},
      {"OPENSENTIENCE_MANIFEST_HASH", "abc"},
      {"OPENSENTIENCE_PROTOCOL", "1"},
      {"OPENSENTIENCE_RUN_ID", "00000000-0000-0000-0000-000000000000"},
      {"OPENSENTIENCE_SESSION_TOKEN", "t0ken"},
      {"OPENSENTIENCE_SOCKET", "/home/run/core.sock"},
      {"PATH", "/usr/bin:/bin"},
      {"TMPDIR", "/private/tmp"},
  };
  EXPECT_EQ(make(LaunchKind::command), expected);
}

TEST_F(LaunchEnvironment, ApprovedVariablesArePassedAndOthersAreNot) {
  of_operator = {{"GITHUB_TOKEN", "ghp"}, {"GITHUB_USER", "me"}, {"AWS_KEY", "no"}};
  approval.allows_env = [](std::string_view name) { return name.starts_with("GITHUB_"); };
  const auto environment = make(LaunchKind::command);
  EXPECT_EQ(environment.at("GITHUB_TOKEN"), "ghp");
  EXPECT_EQ(environment.at("GITHUB_USER"), "me");
  EXPECT_FALSE(environment.contains("AWS_KEY"));
}

TEST_F(LaunchEnvironment, AnApprovalOfEverythingNeitherReplacesNorTellsWhatIsTheCores) {
  of_operator = {{"HOME", "/root"},
                 {"PATH", "/evil"},
                 {"OPENSENTIENCE_HOME", "/core"},
                 {"OPENSENTIENCE_SESSION_TOKEN", "other"}};
  approval.allows_env = [](std::string_view) { return true; };
  const auto environment = make(LaunchKind::command);
  EXPECT_EQ(environment.at("HOME"), "/private/home");
  EXPECT_EQ(environment.at("PATH"), "/usr/bin:/bin");
  EXPECT_EQ(environment.at("OPENSENTIENCE_SESSION_TOKEN"), "t0ken");
  EXPECT_FALSE(environment.contains("OPENSENTIENCE_HOME"));
}

TEST_F(LaunchEnvironment, TheBeamOpensNoPortWritesNoDumpAndDoesNotSpin) {
  const auto release = make(LaunchKind::release);
  EXPECT_EQ(release.at("RELEASE_DISTRIBUTION"), "none");
  EXPECT_EQ(release.at("RELEASE_MODE"), "interactive");
  EXPECT_EQ(release.at("RELEASE_TMP"), "/private/tmp");
  EXPECT_EQ(release.at("ERL_CRASH_DUMP_BYTES"), "0");
  const auto task = make(LaunchKind::mix_task);
  EXPECT_EQ(task.at("ELIXIR_ERL_OPTIONS"), "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none");
  EXPECT_FALSE(task.contains("RELEASE_TMP"));
}

}  // namespace
}  // namespace sovereign::core
