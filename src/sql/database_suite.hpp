// The suite that runs on both engines: its schema, its statements and its fixture. The tests are in
// database_values_test.cpp, database_writes_test.cpp and database_load_test.cpp.
#pragma once

#include <gtest/gtest.h>

#include "sql/database.hpp"
#include "support/await.hpp"
#include "support/private_postgres.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::sql {

namespace asio = boost::asio;
using support::await;
using support::await_all;

inline const Migration kMigrations[] = {
    {1, "agents",
     "CREATE TABLE owners(id BIGINT PRIMARY KEY, name TEXT NOT NULL);"
     "CREATE TABLE agents(id BIGINT PRIMARY KEY, owner BIGINT REFERENCES owners(id), name TEXT NOT "
     "NULL,"
     "  score DOUBLE PRECISION, note TEXT, stock BIGINT NOT NULL DEFAULT 0 CHECK (stock >= 0), "
     "UNIQUE (name, owner));"
     "CREATE UNIQUE INDEX agents_note_folded ON agents(lower(note));"},
    {2, "feed", "CREATE TABLE feed(seq ${SEQUENCE}, body TEXT NOT NULL);"},
};

inline constexpr Statement kInsertOwner{"owners.insert",
                                        "INSERT INTO owners(id, name) VALUES($1, $2)"};
inline constexpr Statement kInsertAgent{"agents.insert",
                                        "INSERT INTO agents(id, name, owner) VALUES($1, $2, $3)"};
inline constexpr Statement kInsertFull{
    "agents.insert_full",
    "INSERT INTO agents(id, name, score, note, stock) VALUES($1, $2, $3, $4, $5)"};
inline constexpr Statement kSelectAgent{
    "agents.select", "SELECT id, name, score, note, stock, owner FROM agents WHERE id = $1"};
inline constexpr Statement kCountAgents{"agents.count", "SELECT count(*) FROM agents"};
inline constexpr Statement kTakeOne{
    "agents.take", "UPDATE agents SET stock = stock - 1 WHERE id = $1 AND stock > 0"};
inline constexpr Statement kAppend{"feed.append",
                                   "INSERT INTO feed(body) VALUES($1) RETURNING seq, body"};
inline constexpr Statement kBroken{"broken", "SELECT nothing FROM nowhere"};

enum class Engine { sqlite, postgresql };

/// A migrated, empty database of the engine under test; each test has its own.
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

  Result<WriteResult> write(std::vector<Call> calls) {
    return await(database_->write(Write{std::move(calls)}));
  }
  Result<ResultSet> read(const Statement& statement, std::vector<Value> parameters = {}) {
    return await(database_->read(Call{statement, std::move(parameters)}));
  }
  std::int64_t count_agents() { return integer(read(kCountAgents).value().rows.at(0).at(0)); }
  void add_agent(std::int64_t id, std::string name, Value owner = {}) {
    ASSERT_TRUE(write(one(kInsertAgent, {id, std::move(name), std::move(owner)})).value());
  }
  static std::vector<Call> one(const Statement& statement, std::vector<Value> parameters,
                               Expect expect = Expect::anything) {
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

inline std::vector<Value> values(std::initializer_list<Value> list) { return list; }

/// Once for each engine.
#define INSTANTIATE_FOR_ENGINES(suite)                                     \
  INSTANTIATE_TEST_SUITE_P(                                                \
      Engines, suite, testing::Values(Engine::sqlite, Engine::postgresql), \
      [](const auto& tested) { return tested.param == Engine::sqlite ? "Sqlite" : "Postgresql"; })

}  // namespace sovereign::sql
