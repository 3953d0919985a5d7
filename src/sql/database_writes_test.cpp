// What both engines promise alike about a write: all of it or nothing, and why nothing.
#include "sql/database_suite.hpp"

namespace sovereign::sql {
namespace {

class DatabaseWrites : public DatabaseSuite {};
INSTANTIATE_FOR_ENGINES(DatabaseWrites);

TEST_P(DatabaseWrites, AWriteIsReadBackAtOnceOnEveryConnection) {
  for (std::int64_t id = 0; id < 20; ++id) {
    add_agent(id, fmt::format("agent {}", id));
    EXPECT_EQ(count_agents(), id + 1);
  }
}

TEST_P(DatabaseWrites, ReturningGivesTheRowsOfEachCallInOrder) {
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

TEST_P(DatabaseWrites, AffectedCountsRowsOfWritesAndNotOfSelects) {
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

TEST_P(DatabaseWrites, AnUnmetExpectationRollsEverythingBack) {
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

TEST_P(DatabaseWrites, OneRowMeansNotTwo) {
  static constexpr Statement kUpdateAll{"agents.update_all", "UPDATE agents SET stock = 7"};
  add_agent(1, "a");
  add_agent(2, "b");
  EXPECT_EQ(rejection_of(one(kUpdateAll, {}, Expect::one_row)).kind, Rejection::Kind::expectation);
  EXPECT_EQ(integer(read(kSelectAgent, {std::int64_t{1}}).value().rows.at(0).at(4)), 0);
}

TEST_P(DatabaseWrites, AUniqueRejectionNamesTableAndColumn) {
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

TEST_P(DatabaseWrites, AUniqueRejectionByAnExpressionNamesTheIndex) {
  ASSERT_TRUE(
      write(one(kInsertFull, values({std::int64_t{1}, "a", {}, "Note", std::int64_t{0}}))).value());
  const auto rejection =
      rejection_of(one(kInsertFull, values({std::int64_t{2}, "b", {}, "nOTE", std::int64_t{0}})));
  EXPECT_EQ(rejection.kind, Rejection::Kind::unique);
  EXPECT_EQ(rejection.constraint, "agents.agents_note_folded");
}

TEST_P(DatabaseWrites, ForeignKeyAndCheckAreRejections) {
  const auto foreign = rejection_of(one(kInsertAgent, {std::int64_t{1}, "a", std::int64_t{77}}));
  EXPECT_EQ(foreign.kind, Rejection::Kind::foreign_key);
  EXPECT_EQ(foreign.constraint, "");
  const auto check =
      rejection_of(one(kInsertFull, values({std::int64_t{1}, "a", {}, {}, std::int64_t{-1}})));
  EXPECT_EQ(check.kind, Rejection::Kind::check);
  EXPECT_EQ(check.constraint, "");
  EXPECT_EQ(count_agents(), 0);
}

TEST_P(DatabaseWrites, WrongSqlIsAnInternalErrorAndHarmsNothing) {
  EXPECT_EQ(read(kBroken).error().code, ErrorCode::internal);
  EXPECT_EQ(read(kBroken).error().code, ErrorCode::internal);
  EXPECT_EQ(write(one(kBroken, {})).error().code, ErrorCode::internal);
  EXPECT_EQ(write(one(kInsertAgent, {std::int64_t{1}})).error().code, ErrorCode::internal);
  EXPECT_EQ(write(one(kInsertAgent, {std::int64_t{1}, {}, {}})).error().code, ErrorCode::internal);
  add_agent(1, "still works");
  EXPECT_EQ(count_agents(), 1);
}

TEST_P(DatabaseWrites, AReadMayNotWrite) {
  EXPECT_EQ(read(kAppend, {"sneaky"}).error().code, ErrorCode::internal);
  static constexpr Statement kCountFeed{"feed.count", "SELECT count(*) FROM feed"};
  EXPECT_EQ(integer(read(kCountFeed).value().rows.at(0).at(0)), 0);
}

TEST_P(DatabaseWrites, AnEmptyWriteSucceeds) { EXPECT_TRUE(write({}).value()); }

TEST_P(DatabaseWrites, SequenceNumbersAreNeverUsedAgain) {
  static constexpr Statement kClear{"feed.clear", "DELETE FROM feed"};
  ASSERT_TRUE(write(one(kAppend, {"a"})).value());
  ASSERT_TRUE(write(one(kAppend, {"b"})).value());
  ASSERT_TRUE(write(one(kClear, {})).value());
  const auto appended = write(one(kAppend, {"c"})).value();
  ASSERT_TRUE(appended);
  EXPECT_EQ(integer(appended->at(0).rows.at(0).at(0)), 3);
}

}  // namespace
}  // namespace sovereign::sql
