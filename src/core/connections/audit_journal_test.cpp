#include "core/connections/audit_journal.hpp"

#include "crypto/random.hpp"
#include "support/audit_fixture.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;

class AuditJournalTest : public AuditFixture {
 protected:
  boost::asio::io_context loop_{1};
  crypto::SystemRandom random_;
};

TEST_F(AuditJournalTest, events_become_rows_of_the_chain) {
  AuditTrail trail(database_.get(), clock_, loop_.get_executor(), {.flush_after = 1ms});
  AuditJournal journal(trail);
  const auto agent = AgentId::parse("com.example.a").value();
  const auto run = RunId::generate(random_);
  EXPECT_TRUE(journal.record({.type = "agent.connected",
                              .agent = &agent,
                              .run = &run,
                              .metadata = {{"session_id", "s"}}}));
  EXPECT_TRUE(
      journal.record({.type = "agent.handshake_failed", .severity = JournalSeverity::security}));
  loop_.run();
  EXPECT_EQ(verify().rows, 2);
}

}  // namespace
}  // namespace sovereign::core
