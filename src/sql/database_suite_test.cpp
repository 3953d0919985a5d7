// What both engines promise alike: every test runs on SQLite and on PostgreSQL.
#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/private_postgres.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::sql {
namespace {

namespace asio = boost::asio;
using support::await;
using support::await_all;

const Migration kMigrations[] = {
    {1, "agents",
     "CREATE TABLE owners(id BIGINT PRIMARY KEY, name TEXT NOT NULL);"
     "CREATE TABLE agents(id BIGINT PRIMARY KEY, owner BIGINT REFERENCES owners(id), name TEXT NOT NULL,"
     "  score DOUBLE PRECISION, note TEXT, stock BIGINT NOT NULL DEFAULT 0 CHECK (stock >= 0), UNIQUE (name, owner));"
     "CREATE UNIQUE INDEX agents_note_folded ON agents(lower(note));"},
    {2, "feed", "CREATE TABLE feed(seq ${SEQUENCE}, body TEXT NOT NULL);"},
};

constexpr Statement kInsertOwner{"owners.insert", "INSERT INTO owners(id, name) VALUES($1, $2)"};
constexpr Statement kInsertAgent{"agents.insert", "INSERT INTO agents(id, name, owner) VALUES($1, $2, $3)"};
constexpr Statement kInsertFull{"agents.insert_full",
                                "INSERT INTO agents(id, name, score, note, stock) VALUES($1, $2, $3, $4, $5)"};
constexpr Statement kSelectAgent{"agents.select", "SELECT id, name, score, note, stock, owner FROM agents WHERE id = $1"};
constexpr Statement kCountAgents{"agents.count", "SELECT count(*) FROM agents"};
constexpr Statement kTakeOne{"agents.take", "UPDATE agents SET stock = stock - 1 WHERE id = $1 AND stock > 0"};
constexpr Statement kAppend{"feed.append", "INSERT INTO feed(body) VALUES($1) RETURNING seq, body"};
constexpr Statement kBroken{"broken", "SELECT nothing FROM nowhere"};

enum class Engine { sqlite, postgresql };

class DatabaseSuite : public testing::TestWithParam<Engine> {
 protected:
  DatabaseSuite() : database_(open_with({})) { EXPECT_TRUE(database_->migrate(kMigrations)); }

  /// Another connection set to this test's database.
  std::unique_ptr<Database> open_with(DatabaseOptions options) {
    if (url_.empty()) {
      url_ = GetParam() == Engine::sqlite ? "sqlite:" + folder_.file("suite.db")
                                          : support::PrivatePostgres::shared().url_of_new_schema();
    }
    options.url = url_;
    auto opened = open_database(options);
    if (!opened) throw std::runtime_error(opened.error().detail + " " + opened.error().context);
    return std::move(*opened);
  }

  Result<WriteResult> write(std::vector<Call> calls) { return await(database_->write(Write{std::move(calls)})); }
  Result<ResultSet> read(const Statement& statement, std::vector<Value> parameters = {}) {
    return await(database_->read(Call{statement, std::move(parameters)}));
  }
  std::int64_t count_agents() { return integer(read(kCountAgents).value().rows.at(0).at(0)); }
  void add_agent(std::int64_t id, std::string name, Value owner = {}) {
    ASSERT_TRUE(write(one(kInsertAgent, {id, std::move(name), std::move(owner)})).value());
  }
  static std::vector<Call> one(const Statement& statement, std::vector<Value> parameters, Expect expect = Expect::anything) {
    std::vector<Call> calls;
    calls.push_back({statement, std::move(parameters), expect});
    return calls;
  }
  /// The rejection of a write that must be rejected.
  Rejection rejection_of(std::vector<Call> calls) {
    const auto result = write(std::move(calls)).value();
    EXPECT_FALSE(result);
    return result ? Rejection{.constraint = "accepted"} : result.error();
  }

  support::TemporaryFolder folder_;
  std::string url_;
  std::unique_ptr<Database> database_;
};

std::vector<Value> values(std::initializer_list<Value> list) { return list; }

TEST_P(DatabaseSuite, NamesItsEngine) {
  EXPECT_EQ(database_->engine(), GetParam() == Engine::sqlite ? "sqlite" : "postgresql");
  EXPECT_TRUE(await(database_->check()));
}

TEST_P(DatabaseSuite, ValuesOfEveryTypeComeBackAsTheyWere) {
  const std::vector<std::vector<Value>> rows = {
      values({std::numeric_limits<std::int64_t>::max(), "", 0.1, {}, std::int64_t{0}}),
      values({std::numeric_limits<std::int64_t>::min(), "na\xc3\xafve \xf0\x9f\xa6\x8a 'quoted' $1 \\", 5e-324, "x\ny\t", std::int64_t{1} << 60}),
      values({std::int64_t{0}, std::string(100'000, 'z'), -1.7976931348623157e308, "null", std::int64_t{9}}),
      values({std::int64_t{5}, "infinite", std::numeric_limits<double>::infinity(), "", std::int64_t{9}}),
      values({std::int64_t{6}, "whole", 3.0, "b", std::int64_t{9}}),
  };
  for (auto row : rows) ASSERT_TRUE(write(one(kInsertFull, row)).value());
  for (auto row : rows) {
    const auto found = read(kSelectAgent, {row[0]}).value();
    row.emplace_back();
    ASSERT_EQ(found.rows.size(), 1U);
    EXPECT_EQ(found.rows[0], row);
  }
}

TEST_P(DatabaseSuite, ParametersBindByNumberAndMayRepeat) {
  static constexpr Statement kSwapped{
      "swapped", "SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($10 AS BIGINT)"
                 " WHERE CAST($3 AS BIGINT) + CAST($4 AS BIGINT) + CAST($5 AS BIGINT) + CAST($6 AS BIGINT)"
                 " + CAST($7 AS BIGINT) + CAST($8 AS BIGINT) + CAST($9 AS BIGINT) = 42"};
  std::vector<Value> parameters = {std::int64_t{1}, "two"};
  for (std::int64_t i = 3; i <= 10; ++i) parameters.emplace_back(i);
  const auto result = read(kSwapped, parameters);
  ASSERT_TRUE(result) << result.error().context;
  ASSERT_EQ(result->rows.size(), 1U);
  EXPECT_EQ(result->rows[0], values({"two", std::int64_t{1}, "two", std::int64_t{10}}));
}

TEST_P(DatabaseSuite, AggregatesAndComparisonsHaveTheSameTypes) {
  static constexpr Statement kAggregate{"aggregate", "SELECT sum(stock), avg(score), max(name), 1 = 1, 1 = 2, count(*) FROM agents"};
  ASSERT_TRUE(write(one(kInsertFull, values({std::int64_t{1}, "a", 1.0, {}, std::int64_t{20}}))).value());
  ASSERT_TRUE(write(one(kInsertFull, values({std::int64_t{2}, "b", 2.0, {}, std::int64_t{22}}))).value());
  EXPECT_EQ(read(kAggregate).value().rows.at(0),
            values({std::int64_t{42}, 1.5, "b", std::int64_t{1}, std::int64_t{0}, std::int64_t{2}}));
}

TEST_P(DatabaseSuite, TextThatAnEngineCannotStoreIsRefusedByBoth) {
  for (const auto& bad : {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    const auto written = write(one(kInsertAgent, {std::int64_t{1}, bad, {}}));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::unprocessable);
    EXPECT_EQ(read(kSelectAgent, {bad}).error().code, ErrorCode::unprocessable);
  }
  EXPECT_EQ(write(one(kInsertFull, values({std::int64_t{1}, "n", std::nan(""), {}, std::int64_t{0}}))).error().code, ErrorCode::unprocessable);
  EXPECT_EQ(count_agents(), 0);
}

TEST_P(DatabaseSuite, AWriteIsReadBackAtOnceOnEveryConnection) {
  for (std::int64_t id = 0; id < 20; ++id) {
    add_agent(id, fmt::format("agent {}", id));
    EXPECT_EQ(count_agents(), id + 1);
  }
}

TEST_P(DatabaseSuite, ReturningGivesTheRowsOfEachCallInOrder) {
  std::vector<Call> calls;
  calls.push_back({kAppend, {"first"}, Expect::one_row});
  calls.push_back({kInsertOwner, {std::int64_t{1}, "o"}, Expect::one_row});
  calls.push_back({kAppend, {"second"}, Expect::one_row});
  const auto results = write(std::move(calls)).value();
  ASSERT_TRUE(results);
  ASSERT_EQ(results->size(), 3U);
  EXPECT_EQ((*results)[0].rows.at(0), values({std::int64_t{1}, "first"}));
  EXPECT_EQ((*results)[0].affected, 1);
  EXPECT_TRUE((*results)[1].rows.empty());
  EXPECT_EQ((*results)[1].affected, 1);
  EXPECT_EQ((*results)[2].rows.at(0), values({std::int64_t{2}, "second"}));
}

TEST_P(DatabaseSuite, AffectedCountsRowsOfWritesAndNotOfSelects) {
  static constexpr Statement kUpdateAll{"agents.update_all", "UPDATE agents SET stock = 7"};
  add_agent(1, "a");
  add_agent(2, "b");
  std::vector<Call> calls;
  calls.push_back({kUpdateAll, {}});
  calls.push_back({kCountAgents, {}, Expect::one_row});
  const auto results = write(std::move(calls)).value();
  ASSERT_TRUE(results);
  EXPECT_EQ((*results)[0].affected, 2);
  EXPECT_EQ((*results)[1].affected, 0);
}

TEST_P(DatabaseSuite, AnUnmetExpectationRollsEverythingBack) {
  std::vector<Call> calls;
  calls.push_back({kInsertOwner, {std::int64_t{1}, "o"}, Expect::one_row});
  calls.push_back({kInsertAgent, {std::int64_t{1}, "a", std::int64_t{1}}, Expect::one_row});
  calls.push_back({kTakeOne, {std::int64_t{99}}, Expect::one_row});
  calls.push_back({kAppend, {"never"}});
  const auto rejection = rejection_of(std::move(calls));
  EXPECT_EQ(rejection.kind, Rejection::Kind::expectation);
  EXPECT_EQ(rejection.call, 2U);
  EXPECT_EQ(count_agents(), 0);
  EXPECT_TRUE(write(one(kInsertOwner, {std::int64_t{1}, "o"})).value());
}

TEST_P(DatabaseSuite, OneRowMeansNotTwo) {
  static constexpr Statement kUpdateAll{"agents.update_all", "UPDATE agents SET stock = 7"};
  add_agent(1, "a");
  add_agent(2, "b");
  EXPECT_EQ(rejection_of(one(kUpdateAll, {}, Expect::one_row)).kind, Rejection::Kind::expectation);
  EXPECT_EQ(integer(read(kSelectAgent, {std::int64_t{1}}).value().rows.at(0).at(4)), 0);
}

TEST_P(DatabaseSuite, AUniqueRejectionNamesTableAndColumn) {
  add_agent(1, "a", Value{});
  ASSERT_TRUE(write(one(kInsertOwner, {std::int64_t{1}, "o"})).value());
  add_agent(2, "b", std::int64_t{1});
  std::vector<Call> calls;
  calls.push_back({kAppend, {"x"}});
  calls.push_back({kInsertAgent, {std::int64_t{3}, "b", std::int64_t{1}}});
  const auto by_key = rejection_of(std::move(calls));
  EXPECT_EQ(by_key.kind, Rejection::Kind::unique);
  EXPECT_EQ(by_key.call, 1U);
  EXPECT_EQ(by_key.constraint, "agents.name");
  EXPECT_EQ(rejection_of(one(kInsertAgent, {std::int64_t{1}, "c", {}})).constraint, "agents.id");
}

TEST_P(DatabaseSuite, AUniqueRejectionByAnExpressionNamesTheIndex) {
  ASSERT_TRUE(write(one(kInsertFull, values({std::int64_t{1}, "a", {}, "Note", std::int64_t{0}}))).value());
  const auto rejection = rejection_of(one(kInsertFull, values({std::int64_t{2}, "b", {}, "nOTE", std::int64_t{0}})));
  EXPECT_EQ(rejection.kind, Rejection::Kind::unique);
  EXPECT_EQ(rejection.constraint, "agents.agents_note_folded");
}

TEST_P(DatabaseSuite, ForeignKeyAndCheckAreRejections) {
  const auto foreign = rejection_of(one(kInsertAgent, {std::int64_t{1}, "a", std::int64_t{77}}));
  EXPECT_EQ(foreign.kind, Rejection::Kind::foreign_key);
  EXPECT_EQ(foreign.constraint, "");
  const auto check = rejection_of(one(kInsertFull, values({std::int64_t{1}, "a", {}, {}, std::int64_t{-1}})));
  EXPECT_EQ(check.kind, Rejection::Kind::check);
  EXPECT_EQ(check.constraint, "");
  EXPECT_EQ(count_agents(), 0);
}

TEST_P(DatabaseSuite, WrongSqlIsAnInternalErrorAndHarmsNothing) {
  EXPECT_EQ(read(kBroken).error().code, ErrorCode::internal);
  EXPECT_EQ(read(kBroken).error().code, ErrorCode::internal);
  EXPECT_EQ(write(one(kBroken, {})).error().code, ErrorCode::internal);
  EXPECT_EQ(write(one(kInsertAgent, {std::int64_t{1}})).error().code, ErrorCode::internal);
  EXPECT_EQ(write(one(kInsertAgent, {std::int64_t{1}, {}, {}})).error().code, ErrorCode::internal);
  add_agent(1, "still works");
  EXPECT_EQ(count_agents(), 1);
}

TEST_P(DatabaseSuite, AReadMayNotWrite) {
  EXPECT_EQ(read(kAppend, {"sneaky"}).error().code, ErrorCode::internal);
  static constexpr Statement kCountFeed{"feed.count", "SELECT count(*) FROM feed"};
  EXPECT_EQ(integer(read(kCountFeed).value().rows.at(0).at(0)), 0);
}

TEST_P(DatabaseSuite, AnEmptyWriteSucceeds) { EXPECT_TRUE(write({}).value()); }

TEST_P(DatabaseSuite, ARejectedWriteDoesNotHarmThoseCommittedWithIt) {
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

TEST_P(DatabaseSuite, OfTwentyParallelConsumersOfOneItemExactlyOneIsAccepted) {
  ASSERT_TRUE(write(one(kInsertFull, values({std::int64_t{1}, "token", {}, {}, std::int64_t{1}}))).value());
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

TEST_P(DatabaseSuite, ManyReadsAndWritesAtOnceAllGetTheirOwnAnswer) {
  for (std::int64_t id = 0; id < 50; ++id) add_agent(id, fmt::format("agent {}", id));
  std::vector<Task<ResultSet>> reads;
  for (std::int64_t i = 0; i < 500; ++i) reads.push_back(database_->read(Call{kSelectAgent, {i % 50}}));
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

TEST_P(DatabaseSuite, AFullQueueAnswersUnavailableAndWorksAgain) {
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
  EXPECT_TRUE(await(small->write(Write{one(kInsertAgent, {std::int64_t{-1}, "later", {}})})).value());
}

TEST_P(DatabaseSuite, AStatementThatTakesTooLongIsUnavailable) {
  static constexpr Statement kEndless{
      "endless", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i % 1000 + 1 FROM n) SELECT count(*) FROM n"};
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
  co_return after_write && std::this_thread::get_id() == before && answer.has_value();
}

TEST_P(DatabaseSuite, CoroutinesResumeOnTheirOwnExecutor) {
  asio::io_context loop;
  bool stayed = false;
  auto body = [&]() -> asio::awaitable<void> { stayed = co_await stays_on_this_thread(*database_); };
  asio::co_spawn(loop, body(), asio::detached);
  loop.run();
  EXPECT_TRUE(stayed);
}

TEST_P(DatabaseSuite, AScanVisitsEveryRowUntilToldToStop) {
  for (std::int64_t id = 0; id < 30; ++id) add_agent(id, fmt::format("agent {}", id));
  static constexpr Statement kScan{"agents.scan", "SELECT id, name, note FROM agents WHERE id >= $1 ORDER BY id"};
  std::int64_t next = 10;
  EXPECT_TRUE(database_->scan(Call{kScan, {std::int64_t{10}}}, [&](std::span<const Value> row) {
    EXPECT_EQ(row.size(), 3U);
    EXPECT_EQ(integer(row[0]), next);
    EXPECT_EQ(text(row[1]), fmt::format("agent {}", next));
    EXPECT_TRUE(is_null(row[2]));
    ++next;
    return true;
  }));
  EXPECT_EQ(next, 30);
  int visited = 0;
  EXPECT_TRUE(database_->scan(Call{kScan, {std::int64_t{0}}}, [&](std::span<const Value>) { return ++visited < 5; }));
  EXPECT_EQ(visited, 5);
  EXPECT_EQ(database_->scan(Call{kBroken, {}}, [](std::span<const Value>) { return true; }).error().code, ErrorCode::internal);
}

TEST_P(DatabaseSuite, AScanSeesOneSnapshotWhileWritesGoOn) {
  static constexpr Statement kScan{"agents.scan_stock", "SELECT id, stock FROM agents ORDER BY id"};
  static constexpr Statement kUpdateAll{"agents.increment_all", "UPDATE agents SET stock = stock + 1"};
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

TEST_P(DatabaseSuite, MigrationsStartedByManyAtOnceRunOnce) {
  static const Migration more[] = {kMigrations[0], kMigrations[1],
                                   {3, "extra", "CREATE TABLE extra(id ${SEQUENCE}, x TEXT); INSERT INTO extra(x) VALUES('once');"}};
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

TEST_P(DatabaseSuite, AFailedMigrationLeavesNothingAndANewerSchemaIsRefused) {
  const Migration broken[] = {kMigrations[0], kMigrations[1], {3, "broken", "CREATE TABLE half(x BIGINT); SELECT * FROM nowhere;"}};
  const auto failed = database_->migrate(broken);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().context.find("migration 3 (broken)"), std::string::npos);
  static constexpr Statement kHalf{"half.count", "SELECT count(*) FROM half"};
  EXPECT_EQ(read(kHalf).error().code, ErrorCode::internal);
  EXPECT_EQ(database_->migrate({kMigrations, 1}).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(database_->migrate(kMigrations));
}

TEST_P(DatabaseSuite, SequenceNumbersAreNeverUsedAgain) {
  static constexpr Statement kClear{"feed.clear", "DELETE FROM feed"};
  ASSERT_TRUE(write(one(kAppend, {"a"})).value());
  ASSERT_TRUE(write(one(kAppend, {"b"})).value());
  ASSERT_TRUE(write(one(kClear, {})).value());
  const auto appended = write(one(kAppend, {"c"})).value();
  ASSERT_TRUE(appended);
  EXPECT_EQ(integer(appended->at(0).rows.at(0).at(0)), 3);
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseSuite, testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& engine) { return engine.param == Engine::sqlite ? "Sqlite" : "Postgresql"; });

}  // namespace
}  // namespace sovereign::sql
