// What both engines promise alike when many use them at once.
#include <thread>

#include "sql/database_suite.hpp"

namespace sovereign::sql {
namespace {

class DatabaseLoad : public DatabaseSuite {};
INSTANTIATE_FOR_ENGINES(DatabaseLoad);

TEST_P(DatabaseLoad, ARejectedWriteDoesNotHarmThoseCommittedWithIt) {
  std::vector<Task<WriteResult>> tasks;
  for (std::int64_t i = 0; i < 100; ++i) {
    // Every third asks for the id of the write before it.
    const std::int64_t id = i % 3 == 2 ? i - 1 : i;
    std::vector<Call> calls = one(kAppend, {"row"});
    calls.push_back({kInsertAgent, {id, fmt::format("agent {}", i), {}}, Expect::one_row});
    tasks.push_back(database_->write(Write{std::move(calls)}));
  }
  const auto outcomes = await_all(std::move(tasks));
  std::int64_t accepted = 0;
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome) << outcome.error().context;
    if (outcome->has_value()) ++accepted;
  }
  EXPECT_EQ(accepted, 67);
  EXPECT_EQ(count_agents(), 67);
  static constexpr Statement kCountFeed{"feed.count", "SELECT count(*) FROM feed"};
  EXPECT_EQ(integer(read(kCountFeed).value().rows.at(0).at(0)), 67);
  const auto status = database_->status();
  EXPECT_EQ(status.committed_writes, 67U);
  EXPECT_LE(status.commits, 67U);
  EXPECT_EQ(status.waiting_writes, 0U);
}

TEST_P(DatabaseLoad, OfTwentyParallelConsumersOfOneItemExactlyOneIsAccepted) {
  ASSERT_TRUE(
      write(one(kInsertFull, values({std::int64_t{1}, "token", {}, {}, std::int64_t{1}}))).value());
  std::vector<Task<WriteResult>> tasks;
  for (int i = 0; i < 20; ++i) {
    std::vector<Call> calls = one(kAppend, {"consumed"});
    calls.push_back({kTakeOne, {std::int64_t{1}}, Expect::one_row});
    tasks.push_back(database_->write(Write{std::move(calls)}));
  }
  int accepted = 0;
  for (const auto& outcome : await_all(std::move(tasks))) {
    ASSERT_TRUE(outcome) << outcome.error().context;
    if (*outcome) {
      ++accepted;
    } else {
      EXPECT_EQ(outcome->error().kind, Rejection::Kind::expectation);
    }
  }
  EXPECT_EQ(accepted, 1);
}

TEST_P(DatabaseLoad, ManyReadsAndWritesAtOnceAllGetTheirOwnAnswer) {
  for (std::int64_t id = 0; id < 50; ++id) add_agent(id, fmt::format("agent {}", id));
  std::vector<Task<ResultSet>> reads;
  for (std::int64_t i = 0; i < 500; ++i)
    reads.push_back(database_->read(Call{kSelectAgent, {i % 50}}));
  std::thread writing([this] {
    for (std::int64_t id = 100; id < 120; ++id) add_agent(id, fmt::format("agent {}", id));
  });
  const auto answers = await_all(std::move(reads));
  writing.join();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_TRUE(answers[i]) << answers[i].error().context;
    EXPECT_EQ(text(answers[i]->rows.at(0).at(1)), fmt::format("agent {}", i % 50));
  }
  EXPECT_EQ(count_agents(), 70);
}

TEST_P(DatabaseLoad, AFullQueueAnswersUnavailableAndWorksAgain) {
  const auto small = open_with({.connections = 1, .queue_limit = 2});
  std::vector<Task<WriteResult>> writes;
  std::vector<Task<ResultSet>> reads;
  for (std::int64_t i = 0; i < 2000; ++i) {
    writes.push_back(small->write(Write{one(kInsertAgent, {i, fmt::format("agent {}", i), {}})}));
    reads.push_back(small->read(Call{kCountAgents, {}}));
  }
  std::int64_t written = 0;
  for (const auto& outcome : await_all(std::move(writes))) {
    if (outcome) ++written;
    if (!outcome) EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
  }
  std::int64_t refused = 0;
  for (const auto& outcome : await_all(std::move(reads))) refused += outcome ? 0 : 1;
  EXPECT_LT(written, 2000);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(count_agents(), written);
  EXPECT_TRUE(
      await(small->write(Write{one(kInsertAgent, {std::int64_t{-1}, "later", {}})})).value());
}

TEST_P(DatabaseLoad, AStatementThatTakesTooLongIsUnavailable) {
  static constexpr Statement kEndless{"endless",
                                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 1000 "
                                      "+ 1 FROM n) SELECT count(*) FROM n"};
  const auto hasty = open_with({.timeout = std::chrono::milliseconds(100)});
  const auto answer = await(hasty->read(Call{kEndless, {}}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(await(hasty->check()));
}

asio::awaitable<bool> stays_on_this_thread(Database& database) {
  const auto before = std::this_thread::get_id();
  auto write = Write{};
  write.calls.push_back({kAppend, {"x"}});
  const auto written = co_await database.write(std::move(write));
  const bool after_write = std::this_thread::get_id() == before && written.has_value();
  const auto answer = co_await database.read(Call{kCountAgents, {}});
  co_return after_write&& std::this_thread::get_id() == before&& answer.has_value();
}

TEST_P(DatabaseLoad, CoroutinesResumeOnTheirOwnExecutor) {
  asio::io_context loop;
  bool stayed = false;
  auto body = [&]() -> asio::awaitable<void> {
    stayed = co_await stays_on_this_thread(*database_);
  };
  asio::co_spawn(loop, body(), asio::detached);
  loop.run();
  EXPECT_TRUE(stayed);
}

TEST_P(DatabaseLoad, AScanSeesOneSnapshotWhileWritesGoOn) {
  static constexpr Statement kScan{"agents.scan_stock", "SELECT id, stock FROM agents ORDER BY id"};
  static constexpr Statement kUpdateAll{"agents.increment_all",
                                        "UPDATE agents SET stock = stock + 1"};
  for (std::int64_t id = 0; id < 20; ++id) add_agent(id, fmt::format("agent {}", id));
  std::int64_t sum = 0;
  std::int64_t rows = 0;
  EXPECT_TRUE(database_->scan(Call{kScan, {}}, [&](std::span<const Value> row) {
    if (rows % 5 == 0) EXPECT_TRUE(write(one(kUpdateAll, {})).value());
    if (rows == 7) add_agent(100, "during the scan");
    sum += integer(row[1]);
    ++rows;
    return true;
  }));
  EXPECT_EQ(rows, 20);
  EXPECT_EQ(sum, 0);
}

TEST_P(DatabaseLoad, MigrationsStartedByManyAtOnceRunOnce) {
  static const Migration more[] = {
      kMigrations[0],
      kMigrations[1],
      {3, "extra",
       "CREATE TABLE extra(id ${SEQUENCE}, x TEXT); INSERT INTO extra(x) VALUES('once');"}};
  std::vector<std::unique_ptr<Database>> databases;
  for (int i = 0; i < 6; ++i) databases.push_back(open_with({.connections = 1}));
  std::vector<std::thread> threads;
  std::atomic<int> succeeded = 0;
  for (auto& database : databases) {
    threads.emplace_back([&database, &succeeded] { succeeded += database->migrate(more) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(succeeded, 6);
  static constexpr Statement kCountExtra{"extra.count", "SELECT count(*) FROM extra"};
  EXPECT_EQ(integer(read(kCountExtra).value().rows.at(0).at(0)), 1);
}

}  // namespace
}  // namespace sovereign::sql
