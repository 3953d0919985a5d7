// What the tests of the audit log share: a database, a signing key, and ways to tamper.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/audit/audit_event.hpp"
#include "core/audit/checkpointer.hpp"
#include "core/audit/verify.hpp"
#include "support/await.hpp"
#include "support/core_database.hpp"

namespace sovereign::core {

class AuditFixture : public testing::Test {
 protected:
  static AuditEvent event(std::string_view type = "agent.enabled", std::string subject = "a.b",
                          json::Object metadata = {}) {
    return {.type = type,
            .actor = {.type = ActorType::human, .id = "admin.sock"},
            .subject_type = "agent",
            .subject_id = std::move(subject),
            .correlation_id = "c-1",
            .metadata = std::move(metadata)};
  }

  /// Appends `count` rows in one write.
  void add(int count) {
    sql::Write write;
    for (int i = 0; i < count; ++i)
      write.calls.push_back(
          audit_row(event("agent.enabled", fmt::format("a.b{}", ++added_)), clock_.now()));
    const auto written = support::await(database_.get().write(std::move(write)));
    ASSERT_TRUE(written && *written);
  }

  std::vector<sql::Row> rows(std::string_view sql) {
    const sql::Statement statement{sql, sql};
    std::vector<sql::Row> found;
    const auto scanned =
        database_.get().scan({statement, {}}, [&](std::span<const sql::Value> row) {
          found.emplace_back(row.begin(), row.end());
          return true;
        });
    EXPECT_TRUE(scanned) << scanned.error().context;
    return found;
  }

  /// Runs `sql` as somebody else's program would, in the closed database.
  void tamper(const std::string& sql) {
    database_.close();
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(database_.path().c_str(), &handle), SQLITE_OK);
    const std::string unguarded =
        "DROP TRIGGER audit_events_update; DROP TRIGGER audit_events_delete; DROP TRIGGER "
        "audit_events_insert; DROP TRIGGER audit_checkpoints_update; DROP TRIGGER "
        "audit_checkpoints_delete; DROP TRIGGER audit_checkpoints_insert;" +
        sql;
    EXPECT_EQ(sqlite3_exec(handle, unguarded.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
    database_.reopen();
  }

  /// Replaces the first `from` in a file by `to` of the same size.
  static void edit_file(const std::string& path, std::string_view from, std::string_view to) {
    ASSERT_EQ(from.size(), to.size());
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const auto at = content.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    file.clear();
    file.seekp(static_cast<std::streamoff>(at));
    file << to;
  }

  void make_checkpoint() {
    boost::asio::io_context loop(1);
    Checkpointer checkpointer(parts(), loop.get_executor());
    const auto made = support::await(checkpointer.make());
    ASSERT_TRUE(made) << made.error().detail << made.error().context;
  }

  Checkpointer::Parts parts() {
    return {.database = database_.get(),
            .chain = database_.chain(),
            .key = key_,
            .file = checkpoint_file(),
            .clock = clock_,
            .workers = workers_};
  }
  std::string checkpoint_file() const { return database_.folder().file("audit.checkpoints"); }

  AuditVerification verify() {
    const auto verified = verify_audit(
        database_.get(), {.key = key_.public_key(), .checkpoint_file = checkpoint_file()});
    EXPECT_TRUE(verified) << verified.error().detail << verified.error().context;
    return verified.value_or(AuditVerification{.intact = false});
  }
  void expect_fault(std::int64_t sequence, std::string_view problem) {
    const auto verified = verify();
    EXPECT_FALSE(verified.intact);
    ASSERT_TRUE(verified.fault);
    EXPECT_EQ(verified.fault->sequence, sequence) << verified.fault->problem;
    EXPECT_TRUE(verified.fault->problem.contains(problem)) << verified.fault->problem;
  }

  support::CoreDatabase database_;
  base::ManualClock clock_;
  async::WorkerPool workers_{{.name = "audit-test", .threads = 1}};
  const crypto::Ed25519Key key_ =
      crypto::Ed25519Key::from_seed(std::array<std::uint8_t, 32>{1, 2, 3});
  int added_ = 0;
};

}  // namespace sovereign::core
