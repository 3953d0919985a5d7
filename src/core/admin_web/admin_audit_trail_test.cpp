#include "core/admin_web/admin_audit_trail.hpp"

#include <gtest/gtest.h>

#include "support/audit_fixture.hpp"

namespace sovereign::core {
namespace {

class AdminAuditTrailTest : public AuditFixture {};

TEST_F(AdminAuditTrailTest, RefusalsAreRecordedAsSecurityAndTheRestAsInformation) {
  boost::asio::io_context loop(1);
  AuditTrail trail(database_.get(), clock_, loop.get_executor());
  AdminAuditTrail audit(trail);
  std::optional<Result<void>> appended;
  boost::asio::co_spawn(loop,
                        support::keep_outcome(audit.append({.type = "admin.login",
                                                            .actor = {ActorType::human, "web:1"},
                                                            .reason = "code",
                                                            .correlation_id = "r-1",
                                                            .client = "127.0.0.1"}),
                                              appended),
                        boost::asio::detached);
  loop.run();
  ASSERT_TRUE(appended && *appended);
  audit.note({.type = "security.denied",
              .actor = {ActorType::human, "anonymous"},
              .reason = "host",
              .correlation_id = "r-2",
              .client = "127.0.0.1",
              .unrecorded = 7});
  loop.restart();
  loop.run();
  const auto found = rows(
      "SELECT event_type || ' ' || severity || ' ' || actor_id || ' ' || subject_id || ' ' || "
      "correlation_id || ' ' || metadata FROM audit_events ORDER BY sequence");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(std::get<std::string>(found[0][0]),
            R"(admin.login info web:1 code r-1 {"client":"127.0.0.1"})");
  EXPECT_EQ(std::get<std::string>(found[1][0]),
            R"(security.denied security anonymous host r-2 {"client":"127.0.0.1","unrecorded":7})");
}

}  // namespace
}  // namespace sovereign::core
