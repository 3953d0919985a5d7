// What the PostgreSQL engine does when the server goes away, hangs or disagrees: callers learn at
// once, nothing acknowledged is lost, and it works again by itself.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/private_postgres.hpp"
#include "support/wait_until.hpp"

namespace sovereign::sql {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using support::await;
using support::PrivatePostgres;
using support::wait_until;

const Migration kMigrations[] = {
    {1, "rows", "CREATE TABLE rows(id BIGINT PRIMARY KEY, body TEXT NOT NULL)"}};
constexpr Statement kInsert{"rows.insert", "INSERT INTO rows(id, body) VALUES($1, $2)"};
constexpr Statement kSelectIds{"rows.ids", "SELECT id FROM rows ORDER BY id"};

std::unique_ptr<Database> open(const std::string& url, std::chrono::milliseconds timeout = 5000ms) {
  auto database = open_database({.url = url, .timeout = timeout});
  if (!database) throw std::runtime_error(database.error().context);
  EXPECT_TRUE((*database)->migrate(kMigrations));
  return std::move(*database);
}

Write insertion(std::int64_t id) {
  Write write;
  write.calls.push_back({kInsert, {id, "body"}, Expect::one_row});
  return write;
}

std::set<std::int64_t> stored_ids(Database& database) {
  std::set<std::int64_t> ids;
  const auto scanned = database.scan(Call{kSelectIds, {}}, [&ids](std::span<const Value> row) {
    return ids.insert(integer(row[0])).second;
  });
  EXPECT_TRUE(scanned) << scanned.error().context;
  return ids;
}

bool recovers(Database& database) {
  return wait_until([&] { return await(database.check()).has_value(); });
}

/// Writers that go on through every failure until told to stop.
struct Load {
  Database& database;
  std::int64_t next = 0;
  std::set<std::int64_t> acknowledged = {};
  std::atomic<std::size_t> acknowledged_count = 0;
  std::atomic<std::size_t> failures = 0;
  std::atomic<bool> stop = false;
};

asio::awaitable<void> write_until_stopped(Load& load) {
  while (!load.stop) {
    const std::int64_t id = load.next++;
    const auto written = co_await load.database.write(insertion(id));
    if (written && *written) {
      load.acknowledged.insert(id);
      ++load.acknowledged_count;
    } else {
      EXPECT_FALSE(written) << "rejected";
      if (!written)
        EXPECT_EQ(written.error().code, ErrorCode::unavailable) << written.error().context;
      ++load.failures;
    }
  }
}

TEST(PostgresFaults, AServerThatCrashesUnderLoadLosesNothingAcknowledged) {
  PrivatePostgres server(PrivatePostgres::Storage::durable);
  const auto database = open(server.url());
  Load load{*database};
  std::thread writing([&load] {
    asio::io_context loop(1);
    for (int i = 0; i < 16; ++i) asio::co_spawn(loop, write_until_stopped(load), asio::detached);
    loop.run();
  });
  EXPECT_TRUE(wait_until([&] { return load.acknowledged_count > 100; }));
  server.crash();
  // At once: many answers while the server is away.
  EXPECT_TRUE(wait_until([&] { return load.failures > 1'000; }));
  server.start();
  const std::size_t before = load.acknowledged_count;
  EXPECT_TRUE(wait_until([&] { return load.acknowledged_count > before + 100; }));
  load.stop = true;
  writing.join();
  EXPECT_TRUE(std::ranges::includes(stored_ids(*database), load.acknowledged));
}

TEST(PostgresFaults, AServerThatIsNotThereIsUnavailableAtOnceAndFoundAgain) {
  auto& server = PrivatePostgres::shared();
  const auto database = open(server.url_of_new_schema());
  server.stop();
  ASSERT_TRUE(wait_until([&] { return !await(database->check()); }));
  EXPECT_EQ(await(database->write(insertion(1))).error().code, ErrorCode::unavailable);
  EXPECT_EQ(await(database->read(Call{kSelectIds, {}})).error().code, ErrorCode::unavailable);
  EXPECT_EQ(open_database({.url = server.url()}).error().code, ErrorCode::unavailable);
  server.start();
  EXPECT_TRUE(recovers(*database));
  EXPECT_TRUE(await(database->write(insertion(1))).value());
}

TEST(PostgresFaults, AServerThatHangsIsUnavailableAfterTheTimeout) {
  auto& server = PrivatePostgres::shared();
  const auto database = open(server.url_of_new_schema(), 100ms);
  ASSERT_TRUE(await(database->write(insertion(1))).value());
  server.freeze();
  const auto start = std::chrono::steady_clock::now();
  const auto written = await(database->write(insertion(2)));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  server.thaw();
  EXPECT_TRUE(recovers(*database));
}

TEST(PostgresFaults, ALostCommitSaysThatItsOutcomeIsUnknown) {
  auto& server = PrivatePostgres::shared();
  const auto database = open(server.url_of_new_schema());
  const Migration slow_commit[] = {
      kMigrations[0],
      {2, "slow commit",
       "CREATE FUNCTION nap() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); "
       "RETURN NULL; END';"
       "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON rows DEFERRABLE INITIALLY DEFERRED FOR EACH "
       "ROW EXECUTE FUNCTION nap()"}};
  ASSERT_TRUE(database->migrate(slow_commit));
  std::optional<Result<WriteResult>> outcome;
  std::thread writing([&] { outcome = await(database->write(insertion(1))); });
  static constexpr Statement kCommitting{"committing",
                                         "SELECT 1 FROM pg_stat_activity WHERE query = 'COMMIT' "
                                         "AND state = 'active' AND wait_event = 'PgSleep'"};
  EXPECT_TRUE(wait_until(
      [&] { return !await(database->read(Call{kCommitting, {}})).value().rows.empty(); }));
  server.crash();
  writing.join();
  server.start();
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().code, ErrorCode::unavailable);
  EXPECT_NE(outcome->error().context.find("commit outcome unknown"), std::string::npos);
}

TEST(PostgresFaults, AWriteThatLosesAgainstAnotherIsTriedOnceMore) {
  const auto database = open(PrivatePostgres::shared().url_of_new_schema());
  // A sequence counts attempts, since it is not rolled back with them.
  const Migration failing[] = {
      kMigrations[0],
      {2, "failing",
       "CREATE SEQUENCE attempts;"
       "CREATE FUNCTION fail_before(attempt BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS 'DECLARE n "
       "BIGINT := nextval(''attempts'');"
       " BEGIN IF n < attempt THEN RAISE SQLSTATE ''40001''; END IF; RETURN n; END'"}};
  ASSERT_TRUE(database->migrate(failing));
  static constexpr Statement kFailBefore{"fail_before", "SELECT fail_before($1)"};
  const auto attempt = [&](std::int64_t id, std::int64_t succeeds_at) {
    Write write = insertion(id);
    write.calls.push_back({kFailBefore, {succeeds_at}});
    return await(database->write(std::move(write)));
  };
  const auto second_time = attempt(1, 2).value();
  ASSERT_TRUE(second_time);
  EXPECT_EQ(integer(second_time->at(1).rows.at(0).at(0)), 2);
  const auto never = attempt(2, 100);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().code, ErrorCode::unavailable);
  EXPECT_EQ(integer(attempt(3, 0).value()->at(1).rows.at(0).at(0)), 5);
  EXPECT_EQ(stored_ids(*database), (std::set<std::int64_t>{1, 3}));
}

TEST(PostgresFaults, ASessionEndedByTheServerIsReplaced) {
  const auto database = open(PrivatePostgres::shared().url_of_new_schema());
  static constexpr Statement kEndAll{"end_all",
                                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                     "pid <> pg_backend_pid() AND state = 'idle'"};
  EXPECT_TRUE(await(database->read(Call{kEndAll, {}})));
  EXPECT_TRUE(recovers(*database));
  ASSERT_TRUE(wait_until([&] { return await(database->write(insertion(1))).has_value(); }));
}

TEST(PostgresFaults, AStatementTheServerForgotIsPreparedAgain) {
  const auto database =
      open_database({.url = PrivatePostgres::shared().url_of_new_schema(), .connections = 1})
          .value();
  ASSERT_TRUE(database->migrate(kMigrations));
  ASSERT_TRUE(await(database->read(Call{kSelectIds, {}})));
  static constexpr Statement kForget{"forget", "DEALLOCATE ALL"};
  (void)await(database->read(Call{kForget, {}}));
  EXPECT_EQ(await(database->read(Call{kSelectIds, {}})).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(recovers(*database));
  EXPECT_TRUE(await(database->read(Call{kSelectIds, {}})));
}

TEST(PostgresFaults, AUrlThatCannotBeReadIsRefusedWithoutQuotingIt) {
  for (const char* url :
       {"postgresql://u:sec/ret@h/db", "postgresql://u:secret@h/db?nonsense=1", "host='secret"}) {
    const auto database = open_database({.url = url, .timeout = 100ms});
    ASSERT_FALSE(database);
    EXPECT_EQ((database.error().detail + database.error().context).find("sec"), std::string::npos);
  }
}

TEST(PostgresFaults, ABackupNamesTheToolForIt) {
  const auto database = open(PrivatePostgres::shared().url_of_new_schema());
  const auto written = database->backup("/nowhere");
  EXPECT_EQ(written.error().code, ErrorCode::unprocessable);
  EXPECT_NE(written.error().detail.find("pg_dump"), std::string::npos);
}

}  // namespace
}  // namespace sovereign::sql
