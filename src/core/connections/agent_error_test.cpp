#include "core/connections/agent_error.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

AgentId agent(std::string_view id = "com.example.fake") {
  return AgentId::parse_in_development(id).value();
}

TEST(AgentErrorTest, CodesOfToolsAndOfTheAgentItselfMayBeSent) {
  for (const char* code : {"tool.failed", "tool.timeout", "tool.busy", "protocol.shutting_down",
                           "com.example.fake.broken", "com.example.fake.no-luck.at_all.2"}) {
    EXPECT_TRUE(may_send_code(agent(), code)) << code;
  }
  EXPECT_TRUE(may_send_code(agent(), "com.example.fake." + std::string(64, 'x')));
}

TEST(AgentErrorTest, WhatTheCoreSaysIsNotForAgentsToSay) {
  for (const char* code :
       {"permission.revoked", "permission.not_approved", "agent.not_enabled", "limit.rate",
        "tool.confirmation_required", "protocol.unauthorized", "internal.error", "web.csrf"}) {
    EXPECT_TRUE(parse_core_code(code)) << code;
    EXPECT_FALSE(may_send_code(agent(), code)) << code;
  }
  EXPECT_FALSE(may_send_code(agent("permission"), "permission.revoked"));
  EXPECT_TRUE(may_send_code(agent("permission"), "permission.of_its_own"));
}

TEST(AgentErrorTest, AnythingElseIsNoCode) {
  for (const char* code :
       {"", "broken", "com.example.fake", "com.example.fake.", "com.example.fake..x",
        "com.example.fake.x.", "com.example.fakes.x", "com.example.other.broken",
        "com.example.fake.Broken", "com.example.fake.a b", "tool.invented", "hunter2"}) {
    EXPECT_FALSE(may_send_code(agent(), code)) << code;
  }
  EXPECT_FALSE(may_send_code(agent(), "com.example.fake." + std::string(65, 'x')));
}

TEST(AgentErrorTest, TheMessageStaysWhenTheCodeDoesNot) {
  protocol::ProtocolError error{.code = "sk-secret", .message = "It broke.", .retryable = true};
  settle_code(agent(), error);
  EXPECT_EQ(error, (protocol::ProtocolError{
                       .code = "tool.failed", .message = "It broke.", .retryable = true}));
}

}  // namespace
}  // namespace sovereign::core
