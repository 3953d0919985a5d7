#include "core/audit/audit_log.hpp"

#include <limits>

#include "json/write.hpp"
#include "support/audit_fixture.hpp"

namespace sovereign::core {
namespace {

using support::await;
using namespace std::chrono_literals;

class AuditLogTest : public AuditFixture {
 protected:
  void record(AuditEvent event) {
    sql::Write write;
    write.calls.push_back(audit_row(std::move(event), clock_.now()));
    ASSERT_TRUE(await(database_.get().write(std::move(write))).value());
    clock_.advance(1s);
  }
  std::vector<std::int64_t> sequences(AuditFilter filter) {
    std::vector<std::int64_t> found;
    const auto records =
        await(log_.newest(std::move(filter), std::numeric_limits<std::int64_t>::max(), 100));
    for (const auto& record : records.value()) found.push_back(record.sequence);
    return found;
  }
  using Sequences = std::vector<std::int64_t>;

  AuditLog log_{database_.get()};
};

TEST_F(AuditLogTest, FiltersByEveryColumnAloneAndTogether) {
  const auto start = clock_.now();
  record(
      {.type = "agent.enabled", .subject_type = "agent", .subject_id = "a", .correlation_id = "x"});
  record({.type = "agent.run_started",
          .severity = Severity::error,
          .subject_type = "run",
          .subject_id = "a"});
  record({.type = "agent.enabled",
          .actor = {ActorType::human, "web:1"},
          .subject_type = "agent",
          .subject_id = "b",
          .correlation_id = "x"});
  EXPECT_EQ(sequences({}), (Sequences{3, 2, 1}));
  EXPECT_EQ(sequences({.event_type = "agent.enabled"}), (Sequences{3, 1}));
  EXPECT_EQ(sequences({.severity = "error"}), Sequences{2});
  EXPECT_EQ(sequences({.actor_type = "human"}), Sequences{3});
  EXPECT_EQ(sequences({.actor_id = "core"}), (Sequences{2, 1}));
  EXPECT_EQ(sequences({.subject_id = "a"}), (Sequences{2, 1}));
  EXPECT_EQ(sequences({.subject_type = "agent", .subject_id = "a"}), Sequences{1});
  EXPECT_EQ(sequences({.correlation_id = "x"}), (Sequences{3, 1}));
  EXPECT_EQ(sequences({.since = start + 1s}), (Sequences{3, 2}));
  EXPECT_EQ(sequences({.until = start + 1s}), Sequences{1});
  EXPECT_EQ(sequences({.event_type = "agent.enabled",
                       .subject_type = "agent",
                       .subject_id = "b",
                       .correlation_id = "x"}),
            Sequences{3});
  EXPECT_EQ(sequences({.event_type = "agent.enabled' OR 1 = 1 --"}), Sequences{});
}

TEST_F(AuditLogTest, PagesGoBackFromTheCursorAndForwardUpToTheHead) {
  add(7);
  const auto page = await(log_.newest({}, 6, 3)).value();
  ASSERT_EQ(page.size(), 3U);
  EXPECT_EQ(page.front().sequence, 5);
  EXPECT_EQ(page.back().sequence, 3);
  EXPECT_EQ(await(log_.head()).value(), 7);
  const auto forward = await(log_.oldest({}, 2, 6, 100)).value();
  ASSERT_EQ(forward.size(), 4U);
  EXPECT_EQ(forward.front().sequence, 3);
  EXPECT_EQ(forward.back().sequence, 6);
}

TEST_F(AuditLogTest, ARecordIsPrintedAsItIsStored) {
  record({.type = "t", .metadata = {{"n", 1}}});
  const auto record = await(log_.newest({}, 10, 1)).value().at(0);
  EXPECT_EQ(
      json::to_text(record),
      fmt::format(R"({{"sequence":1,"event_id":"{}","at":"2025-06-15T15:06:40Z","event_type":"t",)"
                  R"("severity":"info","actor_type":"system","actor_id":"core","subject_type":"",)"
                  R"("subject_id":"","correlation_id":"","causation_id":"","metadata":{{"n":1}},)"
                  R"("hash":"{}"}})",
                  record.event_id, record.hash));
}

TEST_F(AuditLogTest, WhatATamperedTableHoldsIsShownWithoutHarm) {
  add(1);
  tamper("UPDATE audit_events SET metadata = '{]', at = 'x', actor_id = x'00'");
  AuditLog log(database_.get());
  const auto record = await(log.newest({}, 10, 1)).value();
  ASSERT_LE(record.size(), 1U);
  EXPECT_EQ(await(log.oldest({}, 0, 10, 10)).value().size(), record.size());
}

}  // namespace
}  // namespace sovereign::core
