#include "core/audit/audit_trail.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "support/audit_fixture.hpp"
#include "support/child_process.hpp"
#include "support/faulty_database.hpp"

namespace sovereign::core {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Rows of each concurrent writer.
constexpr int kEach = 12;
constexpr AuditTrailOptions kFast{.flush_after = 1ms, .retry_after = 1ms};

class AuditTrailTest : public AuditFixture {
 protected:
  /// Runs a coroutine to its end on the loop, with what else is on it.
  template <typename T>
  Result<T> run(Task<T> task) {
    std::optional<Result<T>> outcome;
    asio::co_spawn(loop_, support::keep_outcome(std::move(task), outcome), asio::detached);
    loop_.restart();
    loop_.run();
    return std::move(outcome.value());
  }
  /// Runs what is on the loop to its end.
  void settle() {
    loop_.restart();
    loop_.run();
  }
  /// Runs the loop until `holds`; the loop must have something to do until then.
  template <typename Condition>
  void run_until(Condition holds) {
    loop_.restart();
    while (!holds() && loop_.run_one() > 0) {
    }
    ASSERT_TRUE(holds());
  }

  asio::io_context loop_{1};
};

TEST_F(AuditTrailTest, AppendIsDurableWhenItReturns) {
  AuditTrail trail(database_.get(), clock_, loop_.get_executor());
  ASSERT_TRUE(run(trail.append(event())));
  EXPECT_EQ(verify().rows, 1);
}

TEST_F(AuditTrailTest, PostedRowsAreWrittenTogetherInTheirOrder) {
  AuditTrail trail(database_.get(), clock_, loop_.get_executor(), kFast);
  const auto commits = database_.get().status().commits;
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(trail.post(event("tool.call_routed", fmt::format("{}", i))));
  settle();
  EXPECT_EQ(database_.get().status().commits, commits + 1);
  const auto found = rows("SELECT subject_id FROM audit_events ORDER BY sequence");
  ASSERT_EQ(found.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(sql::text(found[i][0]), fmt::format("{}", i));
  EXPECT_EQ(trail.posted(), 100U);
}

TEST_F(AuditTrailTest, AFullQueueRefusesAndTakesRowsAgainOnceItIsWritten) {
  auto options = kFast;
  options.queue_limit = 10;
  AuditTrail trail(database_.get(), clock_, loop_.get_executor(), options);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(trail.post(event()));
  const auto refused = trail.post(event());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(trail.refused(), 1U);
  settle();
  EXPECT_TRUE(trail.post(event()));
  settle();
  EXPECT_EQ(verify().rows, 11);
}

TEST_F(AuditTrailTest, AFailedFlushRefusesLosesNothingAndRecoversByItself) {
  for (const auto fault :
       {support::FaultyDatabase::Fault::before, support::FaultyDatabase::Fault::after}) {
    const auto before = verify().rows;
    support::FaultyDatabase faulty(database_.get());
    AuditTrail trail(faulty, clock_, loop_.get_executor(), kFast);
    faulty.fail_at(1, fault);
    ASSERT_TRUE(trail.post(event("one")));
    ASSERT_TRUE(trail.post(event("two")));
    run_until([&] { return !trail.is_accepting(); });
    EXPECT_EQ(trail.post(event("lost")).error().code, ErrorCode::unavailable);
    settle();
    EXPECT_TRUE(trail.post(event("three")));
    settle();
    EXPECT_TRUE(verify().intact);
    EXPECT_EQ(verify().rows, before + 3);
  }
}

TEST_F(AuditTrailTest, StopWritesWhatWaitsAndRefusesWhatComesAfter) {
  AuditTrail trail(database_.get(), clock_, loop_.get_executor(), {.flush_after = 1h});
  for (int i = 0; i < 700; ++i) ASSERT_TRUE(trail.post(event()));
  ASSERT_TRUE(run(trail.stop()));
  EXPECT_FALSE(trail.post(event()));
  EXPECT_EQ(verify().rows, 700);
}

TEST_F(AuditTrailTest, StopTellsWhenRowsAreLost) {
  support::FaultyDatabase faulty(database_.get());
  AuditTrail trail(faulty, clock_, loop_.get_executor(), {.flush_after = 1h});
  ASSERT_TRUE(trail.post(event()));
  faulty.fail_at(1, support::FaultyDatabase::Fault::before);
  EXPECT_FALSE(run(trail.stop()));
}

TEST_F(AuditTrailTest, ATrailThatEndsWithoutStopLeavesNothingBehind) {
  std::optional<AuditTrail> trail(std::in_place, database_.get(), clock_, loop_.get_executor(),
                                  kFast);
  ASSERT_TRUE(trail->post(event()));
  trail.reset();
  settle();
  EXPECT_EQ(verify().rows, 0);
}

asio::awaitable<void> write_many(sql::Database& database, const base::Clock& clock,
                                 bool is_rejected) {
  static constexpr sql::Statement kNothing{"nothing", "SELECT 1 WHERE 1 = 2"};
  for (int i = 0; i < kEach; ++i) {
    sql::Write write;
    AuditEvent event{.type = is_rejected ? "rejected" : "written", .subject_id = std::to_string(i)};
    write.calls.push_back(audit_row(std::move(event), clock.now()));
    if (is_rejected) write.calls.push_back({kNothing, {}, sql::Expect::one_row});
    auto written = co_await database.write(std::move(write));
    EXPECT_TRUE(written && written->has_value() != is_rejected);
  }
}

asio::awaitable<void> append_many(AuditTrail& trail) {
  for (int i = 0; i < kEach; ++i) {
    AuditEvent event{.type = "appended"};
    auto appended = co_await trail.append(std::move(event));
    EXPECT_TRUE(appended);
  }
}

TEST_F(AuditTrailTest, ConcurrentWritersOfEveryKindKeepOneChain) {
  AuditTrail trail(database_.get(), clock_, loop_.get_executor(), kFast);
  const auto second = database_.open(5s);
  for (int i = 0; i < 4; ++i) {
    asio::co_spawn(loop_, write_many(database_.get(), clock_, i % 2 == 1), asio::detached);
    asio::co_spawn(loop_, write_many(*second, clock_, i % 2 == 1), asio::detached);
    asio::co_spawn(loop_, append_many(trail), asio::detached);
  }
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(trail.post(event()));
  settle();
  EXPECT_TRUE(verify().intact);
  EXPECT_EQ(verify().rows, 8 * kEach + 100);
}

TEST_F(AuditTrailTest, ALockedDatabaseRefusesUntilItIsFree) {
  const auto database = database_.open(20ms);
  AuditTrail trail(*database, clock_, loop_.get_executor(), kFast);
  sqlite3* locker = nullptr;
  ASSERT_EQ(sqlite3_open(database_.path().c_str(), &locker), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(locker, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  ASSERT_TRUE(trail.post(event("while locked")));
  run_until([&] { return !trail.is_accepting(); });
  EXPECT_FALSE(trail.post(event()));
  ASSERT_EQ(sqlite3_exec(locker, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(locker);
  settle();
  EXPECT_TRUE(trail.is_accepting());
  EXPECT_EQ(verify().rows, 1);
}

TEST_F(AuditTrailTest, AFullDiskRefusesUntilThereIsRoom) {
  support::ChildProcess child([](support::ChildProcess&) {
    ::signal(SIGXFSZ, SIG_IGN);
    support::CoreDatabase database;
    base::ManualClock clock;
    asio::io_context loop(1);
    AuditTrail trail(database.get(), clock, loop.get_executor(), kFast);
    struct stat log{};
    // Not there before the first write: as if it were empty.
    ::stat((database.path() + "-wal").c_str(), &log);
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = static_cast<rlim_t>(log.st_size) + 5000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(trail.post(event()));
    while (trail.is_accepting()) loop.run_one();
    EXPECT_FALSE(trail.post(event()));
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    loop.restart();
    loop.run();
    EXPECT_TRUE(trail.post(event()));
    loop.restart();
    loop.run();
    const auto verified = verify_audit(
        database.get(), {.key = {}, .checkpoint_file = database.folder().file("none")});
    EXPECT_TRUE(verified && verified->intact);
    EXPECT_EQ(verified->rows, 301);
  });
  EXPECT_TRUE(child.ended_well());
}

TEST_F(AuditTrailTest, CheckpointsAreMadeByRowsAndByTimeAndAtTheEnd) {
  int looks_with_rows = 0;
  Checkpointer checkpointer(
      parts(), loop_.get_executor(),
      {.rows = 10, .interval = 1min, .look_every = 1ms, .on_new_rows = [&] { ++looks_with_rows; }});
  const auto made = [&] { return rows("SELECT sequence FROM audit_checkpoints").size(); };
  const auto look = [&] {
    for (int i = 0; i < 20; ++i) loop_.run_one_for(20ms);
  };
  checkpointer.start();
  add(9);
  look();
  EXPECT_EQ(made(), 0U);
  add(1);
  look();
  EXPECT_EQ(made(), 1U);
  add(1);
  look();
  EXPECT_EQ(made(), 1U);
  clock_.advance(1min);
  look();
  EXPECT_EQ(made(), 2U);
  clock_.advance(1h);
  look();
  EXPECT_EQ(made(), 2U);
  EXPECT_GE(looks_with_rows, 3);
  add(1);
  ASSERT_TRUE(run(checkpointer.stop()));
  EXPECT_EQ(verify().sealed_until, 12);
  struct stat status{};
  ASSERT_EQ(::stat(checkpoint_file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(AuditTrailTest, ACheckpointThatCannotBeFiledIsNotInTheTableAndIsMadeUpFor) {
  add(3);
  auto unwritable = parts();
  unwritable.file = database_.folder().path() / "missing" / "file";
  Checkpointer failing(unwritable, loop_.get_executor());
  const auto failed = support::await(failing.make());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(failing.last_result());
  EXPECT_TRUE(rows("SELECT sequence FROM audit_checkpoints").empty());
  make_checkpoint();
  EXPECT_EQ(verify().sealed_until, 3);
}

}  // namespace
}  // namespace sovereign::core
