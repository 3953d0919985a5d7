// What both engines promise alike about values, statements, scans and migrations.
#include <cmath>
#include <limits>

#include "sql/database_suite.hpp"

namespace sovereign::sql {
namespace {

class DatabaseValues : public DatabaseSuite {};
INSTANTIATE_FOR_ENGINES(DatabaseValues);

TEST_P(DatabaseValues, NamesItsEngine) {
  EXPECT_EQ(database_->engine(), GetParam() == Engine::sqlite ? "sqlite" : "postgresql");
  EXPECT_TRUE(await(database_->check()));
}

TEST_P(DatabaseValues, ValuesOfEveryTypeComeBackAsTheyWere) {
  const std::vector<std::vector<Value>> rows = {
      values({std::numeric_limits<std::int64_t>::max(), "", 0.1, {}, std::int64_t{0}}),
      values({std::numeric_limits<std::int64_t>::min(),
              "na\xc3\xafve \xf0\x9f\xa6\x8a 'quoted' $1 \\", 5e-324, "x\ny\t",
              std::int64_t{1} << 60}),
      values({std::int64_t{0}, std::string(100'000, 'z'), -1.7976931348623157e308, "null",
              std::int64_t{9}}),
      values({std::int64_t{5}, "infinite", std::numeric_limits<double>::infinity(), "",
              std::int64_t{9}}),
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

TEST_P(DatabaseValues, ParametersBindByNumberAndMayRepeat) {
  static constexpr Statement kSwapped{
      "swapped",
      "SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($10 AS BIGINT)"
      " WHERE CAST($3 AS BIGINT) + CAST($4 AS BIGINT) + CAST($5 AS BIGINT) + CAST($6 AS BIGINT)"
      " + CAST($7 AS BIGINT) + CAST($8 AS BIGINT) + CAST($9 AS BIGINT) = 42"};
  std::vector<Value> parameters = {std::int64_t{1}, "two"};
  for (std::int64_t i = 3; i <= 10; ++i) parameters.emplace_back(i);
  const auto result = read(kSwapped, parameters);
  ASSERT_TRUE(result) << result.error().context;
  ASSERT_EQ(result->rows.size(), 1U);
  EXPECT_EQ(result->rows[0], values({"two", std::int64_t{1}, "two", std::int64_t{10}}));
}

TEST_P(DatabaseValues, AggregatesAndComparisonsHaveTheSameTypes) {
  static constexpr Statement kAggregate{
      "aggregate", "SELECT sum(stock), avg(score), max(name), 1 = 1, 1 = 2, count(*) FROM agents"};
  ASSERT_TRUE(
      write(one(kInsertFull, values({std::int64_t{1}, "a", 1.0, {}, std::int64_t{20}}))).value());
  ASSERT_TRUE(
      write(one(kInsertFull, values({std::int64_t{2}, "b", 2.0, {}, std::int64_t{22}}))).value());
  EXPECT_EQ(
      read(kAggregate).value().rows.at(0),
      values({std::int64_t{42}, 1.5, "b", std::int64_t{1}, std::int64_t{0}, std::int64_t{2}}));
}

TEST_P(DatabaseValues, TextThatAnEngineCannotStoreIsRefusedByBoth) {
  for (const auto& bad :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    const auto written = write(one(kInsertAgent, {std::int64_t{1}, bad, {}}));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::unprocessable);
    EXPECT_EQ(read(kSelectAgent, {bad}).error().code, ErrorCode::unprocessable);
  }
  EXPECT_EQ(
      write(one(kInsertFull, values({std::int64_t{1}, "n", std::nan(""), {}, std::int64_t{0}})))
          .error()
          .code,
      ErrorCode::unprocessable);
  EXPECT_EQ(count_agents(), 0);
}

TEST_P(DatabaseValues, AScanVisitsEveryRowUntilToldToStop) {
  for (std::int64_t id = 0; id < 30; ++id) add_agent(id, fmt::format("agent {}", id));
  static constexpr Statement kScan{"agents.scan",
                                   "SELECT id, name, note FROM agents WHERE id >= $1 ORDER BY id"};
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
  EXPECT_TRUE(database_->scan(Call{kScan, {std::int64_t{0}}},
                              [&](std::span<const Value>) { return ++visited < 5; }));
  EXPECT_EQ(visited, 5);
  EXPECT_EQ(
      database_->scan(Call{kBroken, {}}, [](std::span<const Value>) { return true; }).error().code,
      ErrorCode::internal);
}

TEST_P(DatabaseValues, AFailedMigrationLeavesNothingAndANewerSchemaIsRefused) {
  const Migration broken[] = {kMigrations[0],
                              kMigrations[1],
                              {3, "broken", "CREATE TABLE half(x BIGINT); SELECT * FROM nowhere;"}};
  const auto failed = database_->migrate(broken);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().context.find("migration 3 (broken)"), std::string::npos);
  static constexpr Statement kHalf{"half.count", "SELECT count(*) FROM half"};
  EXPECT_EQ(read(kHalf).error().code, ErrorCode::internal);
  EXPECT_EQ(database_->migrate({kMigrations, 1}).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(database_->migrate(kMigrations));
}

}  // namespace
}  // namespace sovereign::sql
