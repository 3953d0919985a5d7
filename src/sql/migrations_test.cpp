#include "sql/migrations.hpp"

#include <gtest/gtest.h>

namespace sovereign::sql {
namespace {

const Migration kKnown[] = {{1, "first", "CREATE TABLE a(x BIGINT)"},
                            {2, "second", "CREATE TABLE b(x BIGINT)"}};

std::vector<AppliedMigration> applied_of(std::span<const Migration> migrations) {
  std::vector<AppliedMigration> applied;
  for (const Migration& migration : migrations)
    applied.push_back({migration.number, checksum(migration)});
  return applied;
}

TEST(NextMigration, GoesThroughTheListAndEnds) {
  EXPECT_EQ(next_migration({}, kKnown), &kKnown[0]);
  EXPECT_EQ(next_migration(applied_of({kKnown, 1}), kKnown), &kKnown[1]);
  EXPECT_EQ(next_migration(applied_of(kKnown), kKnown), nullptr);
}

TEST(NextMigration, RefusesADatabaseThatIsNewer) {
  const auto next = next_migration(applied_of(kKnown), {kKnown, 1});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::unavailable);
  EXPECT_NE(next.error().detail.find("newer"), std::string::npos);
}

TEST(NextMigration, RefusesAMigrationEditedAfterItWasApplied) {
  const Migration edited[] = {{1, "first", "CREATE TABLE a(x BIGINT, y BIGINT)"}, kKnown[1]};
  const auto next = next_migration(applied_of(kKnown), edited);
  ASSERT_FALSE(next);
  EXPECT_NE(next.error().context.find("migration 1 (first)"), std::string::npos);
}

TEST(NextMigration, RefusesAListWithGaps) {
  const Migration gap[] = {kKnown[0], {3, "third", "SELECT 1"}};
  EXPECT_EQ(next_migration({}, gap).error().code, ErrorCode::internal);
}

TEST(Checksum, DependsOnTheSqlAlone) {
  EXPECT_EQ(checksum(Migration{1, "a", "SELECT 1"}), checksum(Migration{2, "b", "SELECT 1"}));
  EXPECT_NE(checksum(kKnown[0]), checksum(kKnown[1]));
}

}  // namespace
}  // namespace sovereign::sql
