#include "core/connections/tickets.hpp"

#include <gtest/gtest.h>

#include "crypto/random.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;

class SetTrees final : public ProcessTrees {
 public:
  bool is_in_tree(const ProcessHandle& peer, const ProcessHandle& root) const override {
    return peer.pid == root.pid || peer.pid == root.pid + 1;
  }
};

class TicketsTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kAgent = "com.example.a";

  RunId expect(std::string_view token = "token") {
    const RunId run = RunId::generate(random_);
    tickets_.expect({.agent = AgentId::parse(kAgent).value(),
                     .run = run,
                     .token_digest = crypto::sha256(token),
                     .manifest_hash = "hash",
                     .expires = now_ + 120s});
    return run;
  }
  static protocol::Hello hello(std::string_view token = "token") {
    return {.session_token = token,
            .agent_id = kAgent,
            .agent_version = "1",
            .protocol = {.supported_versions = {1}}};
  }
  /// "admitted", "waits", or the code.
  static std::string word(const TicketVerdict& admission) {
    if (std::holds_alternative<Admitted>(admission)) return "admitted";
    if (std::holds_alternative<AwaitsProcess>(admission)) return "waits";
    return std::string(to_string(std::get<Denied>(admission).code));
  }
  std::string admit(const protocol::Hello& message, pid_t pid = 100) {
    return word(tickets_.admit(message, {.pid = pid}, now_));
  }

  crypto::SystemRandom random_;
  ConnectionLimits limits_;
  SetTrees trees_;
  Tickets tickets_{trees_, limits_};
  SteadyTime now_{1000s};
};

TEST_F(TicketsTest, the_launched_process_and_those_it_started_are_admitted) {
  tickets_.set_process(expect(), 100, -1);
  EXPECT_EQ(admit(hello(), 101), "admitted");
  tickets_.set_process(expect("other"), 100, -1);
  EXPECT_EQ(admit(hello("other"), 100), "admitted");
}

TEST_F(TicketsTest, a_denial_names_the_run_only_to_who_had_the_token) {
  tickets_.set_process(expect(), 100, -1);
  const auto guess = tickets_.admit(hello("guess"), {.pid = 100}, now_);
  EXPECT_FALSE(std::get<Denied>(guess).run);
  const auto stolen = tickets_.admit(hello(), {.pid = 7}, now_);
  EXPECT_TRUE(std::get<Denied>(stolen).run);
  EXPECT_EQ(std::get<Denied>(guess).detail, std::get<Denied>(stolen).detail);
}

TEST_F(TicketsTest, an_empty_token_for_an_unknown_agent_is_no_ticket) {
  EXPECT_EQ(admit(hello("")), "protocol.unauthorized");
}

TEST_F(TicketsTest, a_token_serves_one_connection_and_one_reconnect_within_ten_seconds) {
  const RunId run = expect();
  tickets_.set_process(run, 100, -1);
  EXPECT_EQ(admit(hello()), "admitted");
  EXPECT_EQ(admit(hello()), "protocol.duplicate_session");
  EXPECT_TRUE(tickets_.disconnected(run, true, now_));
  now_ += 9s;
  EXPECT_EQ(admit(hello(), 7), "protocol.unauthorized");
  EXPECT_EQ(admit(hello()), "admitted");
  EXPECT_FALSE(tickets_.disconnected(run, true, now_));
  EXPECT_EQ(admit(hello()), "protocol.unauthorized");
}

TEST_F(TicketsTest, a_connection_ended_for_what_the_agent_did_does_not_come_back) {
  const RunId run = expect();
  tickets_.set_process(run, 100, -1);
  EXPECT_EQ(admit(hello()), "admitted");
  EXPECT_FALSE(tickets_.disconnected(run, false, now_));
  EXPECT_EQ(admit(hello()), "protocol.unauthorized");
}

TEST_F(TicketsTest, a_reconnect_works_after_the_two_minutes_of_an_unused_token) {
  const RunId run = expect();
  tickets_.set_process(run, 100, -1);
  EXPECT_EQ(admit(hello()), "admitted");
  now_ += 1h;
  EXPECT_TRUE(tickets_.disconnected(run, true, now_));
  EXPECT_EQ(admit(hello()), "admitted");
}

TEST_F(TicketsTest, a_hello_waits_for_its_process_and_claims_the_token_meanwhile) {
  const RunId run = expect();
  EXPECT_EQ(admit(hello()), "waits");
  EXPECT_EQ(admit(hello()), "protocol.duplicate_session");
  tickets_.give_up(run);
  EXPECT_EQ(admit(hello()), "waits");
  tickets_.set_process(run, 100, -1);
  EXPECT_EQ(word(tickets_.confirm(run, {.pid = 7})), "protocol.unauthorized");
  EXPECT_EQ(admit(hello()), "admitted");
}

TEST_F(TicketsTest, version_and_manifest_are_checked_after_the_token_and_use_it_up) {
  tickets_.set_process(expect(), 100, -1);
  auto message = hello("guess");
  message.protocol.supported_versions = {2};
  EXPECT_EQ(admit(message), "protocol.unauthorized");
  message.session_token = "token";
  EXPECT_EQ(admit(message), "protocol.version_unsupported");
  EXPECT_EQ(admit(hello()), "protocol.unauthorized");
  tickets_.set_process(expect(), 100, -1);
  message = hello();
  message.manifest_hash = "other";
  EXPECT_EQ(admit(message), "protocol.manifest_drift");
  EXPECT_EQ(admit(hello()), "protocol.unauthorized");
}

TEST_F(TicketsTest, a_withdrawn_or_replaced_ticket_is_worthless) {
  const RunId first = expect("first");
  tickets_.set_process(first, 100, -1);
  const RunId second = expect("second");
  tickets_.set_process(second, 100, -1);
  EXPECT_EQ(admit(hello("first")), "protocol.unauthorized");
  tickets_.withdraw(second);
  EXPECT_EQ(admit(hello("second")), "protocol.unauthorized");
  EXPECT_FALSE(tickets_.set_process(second, 100, -1));
}

}  // namespace
}  // namespace sovereign::core
