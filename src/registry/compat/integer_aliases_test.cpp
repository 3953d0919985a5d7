#include "registry/compat/integer_aliases.hpp"

#include <gtest/gtest.h>

#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

using support::await;
using support::Engine;

class IntegerAliasesTest : public testing::TestWithParam<Engine> {
 protected:
  support::RegistryDatabase database{GetParam()};
  support::SeededRandom random;
  IntegerAliases aliases{*database};
};

TEST_P(IntegerAliasesTest, AnIdKeepsItsNumberAndIsFoundByIt) {
  const auto first = Uuid::generate(random);
  const auto second = Uuid::generate(random);
  const auto number = await(aliases.of(first)).value();
  EXPECT_GT(number, 0);
  EXPECT_NE(await(aliases.of(second)).value(), number);
  EXPECT_EQ(await(aliases.of(first)).value(), number);
  IntegerAliases elsewhere{*database};
  EXPECT_EQ(await(elsewhere.of(first)).value(), number);
  EXPECT_EQ(await(elsewhere.find(number)).value(), first);
  EXPECT_EQ(await(elsewhere.find(number + 1000)).value(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Engines, IntegerAliasesTest,
                         testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& info) { return support::name_of(info.param); });

}  // namespace
}  // namespace sovereign::registry
