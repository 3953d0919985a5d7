#include "sql/postgres_error.hpp"

#include <gtest/gtest.h>

namespace sovereign::sql {
namespace {

TEST(PostgresFault, IsByCause) {
  EXPECT_EQ(fault_of("23505"), PostgresFault::rejection);
  EXPECT_EQ(fault_of("40001"), PostgresFault::conflict);
  EXPECT_EQ(fault_of("40P01"), PostgresFault::conflict);
  for (const char* state : {"57P01", "57014", "53100", "53300", "55P03", "08006", "58030", ""}) {
    EXPECT_EQ(fault_of(state), PostgresFault::environment) << state;
  }
  EXPECT_EQ(fault_of("26000"), PostgresFault::stale);
  for (const char* state : {"42P01", "23502", "22P02", "25006"})
    EXPECT_EQ(fault_of(state), PostgresFault::bug) << state;
}

TEST(UniqueConstraint, NamesTheFirstColumnInAnyLanguage) {
  EXPECT_EQ(unique_constraint("agents", "k", "Key (name, owner)=(a, 1) already exists."),
            "agents.name");
  EXPECT_EQ(unique_constraint("agents", "k",
                              "Schl\xc3\xbcssel \xc2\xbb(id)=(1)\xc2\xab existiert bereits."),
            "agents.id");
}

TEST(UniqueConstraint, NamesTheIndexWhereTheKeyIsAnExpressionOrNotTold) {
  EXPECT_EQ(unique_constraint("agents", "agents_folded", "Key (lower(name))=(a) already exists."),
            "agents.agents_folded");
  EXPECT_EQ(unique_constraint("agents", "k", "Key ((a || b))=(x) already exists."), "agents.k");
  EXPECT_EQ(unique_constraint("agents", "k", "Key (a + 1)=(x) already exists."), "agents.k");
  EXPECT_EQ(unique_constraint("agents", "k", ""), "agents.k");
  EXPECT_EQ(unique_constraint("agents", "k", "Key already exists."), "agents.k");
}

}  // namespace
}  // namespace sovereign::sql
