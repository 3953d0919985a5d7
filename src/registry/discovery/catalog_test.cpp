#include "registry/discovery/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "registry/agents/demo_data.hpp"
#include "registry/agents/import.hpp"
#include "registry/discovery/index_fields.hpp"
#include "support/agents_fixture.hpp"
#include "support/faulty_database.hpp"

namespace sovereign::registry {
namespace {

using support::await;
using support::Engine;
using Fault = support::FaultyDatabase::Fault;

CatalogAgent entry(AgentId id, std::int64_t version, std::string name) {
  Agent agent{.id = id, .name = name, .agent_type = "t"};
  agent.human_readable_id = "acme/" + name;
  agent.version = version;
  return {std::move(agent), {.username = "ada", .email = "ada@example.com"}};
}

std::vector<std::string> listed(const Catalog& catalog) {
  search::Query query{.limit = 1000};
  query.sort = {.by = search::Sort::By::name, .direction = search::Sort::Direction::ascending};
  std::vector<std::string> agents;
  for (const auto& hit : catalog.snapshot()->search(query).hits) {
    agents.push_back(static_cast<const AgentRecord*>(hit.payload.get())->json);
  }
  return agents;
}

std::set<Uuid> found(const Catalog& catalog, std::string text) {
  std::set<Uuid> keys;
  const search::Query query{.text = std::move(text), .limit = 1000};
  for (const auto& hit : catalog.snapshot()->search(query).hits) keys.insert(hit.key);
  return keys;
}

class CatalogTest : public testing::Test, protected support::AgentsFixture {
 protected:
  Result<void> import_demo(std::size_t agents) {
    auto session =
        ImportSession::open(*database, clock, random, {.owner = ada, .creates_publishers = true});
    if (!session) return Failure(session.error());
    Result<void> added;
    generate_demo({.count = agents}, [&](std::string_view line) {
      if (added) added = await(session->add(std::string(line)));
    });
    if (!added) return added;
    const auto report = await(session->finish());
    if (!report) return Failure(report.error());
    EXPECT_EQ(report->created, agents);
    return {};
  }
};

TEST_F(CatalogTest, LoadingAllAtOnceGivesWhatApplyingOneByOneGives) {
  ASSERT_TRUE(import_demo(700));
  ASSERT_TRUE(catalog.load(*database));
  Catalog other({.registry_url = "https://registry.example"}, pool);
  const auto scanned = database->scan(scan_agents(ScanOrder::human_readable_id),
                                      [&](std::span<const sql::Value> row) {
                                        const auto agent = agent_of_row(row);
                                        other.apply({&agent, 1});
                                        return true;
                                      });
  ASSERT_TRUE(scanned);
  EXPECT_EQ(catalog.snapshot()->size(), 700U);
  EXPECT_EQ(listed(catalog), listed(other));
  // Which are found; how they rank depends a little on how the index is split (docs/search.md).
  for (const auto* text : {"weather", "nlp forecasts", "bot"}) {
    EXPECT_EQ(found(catalog, text), found(other, text)) << text;
  }
}

TEST_F(CatalogTest, APublisherIsKnownOnceAnAgentIsThere) {
  ASSERT_TRUE(create(R"({"name":"A","agent_type":"t"})", ben));
  EXPECT_EQ(catalog.developer(ben)->username, "ben");
  EXPECT_EQ(catalog.developer(ada), std::nullopt);
  Catalog loaded({.registry_url = "https://registry.example"}, pool);
  ASSERT_TRUE(loaded.load(*database));
  EXPECT_EQ(loaded.developer(ben)->email, "ben@example.com");
}

TEST_F(CatalogTest, AnOlderVersionNeverReplacesANewerOne) {
  const auto id = AgentId::generate(random);
  const std::vector<CatalogAgent> both = {entry(id, 3, "three"), entry(id, 2, "two")};
  catalog.apply(both);
  EXPECT_EQ(catalog.find(id)->version, 3);
  const auto tag = catalog.generation_tag();
  catalog.apply({&both[1], 1});
  EXPECT_EQ(catalog.find(id)->version, 3);
  EXPECT_EQ(catalog.generation_tag(), tag);
  EXPECT_EQ(catalog.find_human_readable_id("acme/two"), nullptr);
  const auto newer = entry(id, 4, "four");
  catalog.apply({&newer, 1});
  EXPECT_EQ(catalog.find_human_readable_id("ACME/FOUR")->version, 4);
  EXPECT_EQ(catalog.find_human_readable_id("acme/three"), nullptr);
  EXPECT_NE(catalog.generation_tag(), tag);
  EXPECT_EQ(catalog.snapshot()->size(), 1U);
}

TEST_F(CatalogTest, ReadersSeeOneStateAfterTheOtherWhileAWriterChangesThem) {
  constexpr int kAgents = 20;
  constexpr std::int64_t kRounds = 150;
  std::vector<AgentId> ids;
  std::vector<CatalogAgent> first;
  for (int i = 0; i < kAgents; ++i) {
    ids.push_back(AgentId::generate(random));
    first.push_back(entry(ids.back(), 1, "agent-" + std::to_string(i)));
  }
  catalog.apply(first);
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  const auto read = [&] {
    std::vector<std::int64_t> seen(kAgents, 0);
    while (!done) {
      for (int i = 0; i < kAgents; ++i) {
        const auto record = catalog.find(ids[static_cast<std::size_t>(i)]);
        auto& last = seen[static_cast<std::size_t>(i)];
        if (!record || record->version < last || record->id != ids[static_cast<std::size_t>(i)]) {
          ++wrong;
        } else {
          last = record->version;
        }
      }
      if (listed(catalog).size() != kAgents) ++wrong;
    }
  };
  {
    const std::jthread one(read);
    const std::jthread two(read);
    for (std::int64_t version = 2; version <= kRounds; ++version) {
      const auto i = static_cast<std::size_t>(version) % kAgents;
      const auto changed = entry(ids[i], version, "agent-" + std::to_string(i));
      catalog.apply({&changed, 1});
    }
    done = true;
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(CatalogTest, ALoadThatFailsSaysSoAndLeavesTheCatalogEmpty) {
  ASSERT_TRUE(import_demo(10));
  support::FaultyDatabase faulty(*database);
  faulty.fail_at(1, Fault::before);
  EXPECT_EQ(catalog.load(faulty).error().code, ErrorCode::unavailable);
  EXPECT_EQ(catalog.snapshot()->size(), 0U);
  EXPECT_TRUE(catalog.load(faulty));
  EXPECT_EQ(catalog.snapshot()->size(), 10U);
}

class AgentFaults : public CatalogTest, public testing::WithParamInterface<Fault> {};

TEST_P(AgentFaults, WhereverTheDatabaseFailsNothingIsShownThatIsNotStoredAndARetrySucceeds) {
  support::FaultyDatabase faulty(*database);
  AgentService shaky(faulty, catalog, clock, random);
  const auto registration = read_registration(R"({"name":"A","agent_type":"t"})").value();
  bool any_failed = true;
  for (int n = 1; any_failed; ++n) {
    ASSERT_LT(n, 20U);
    const auto id = create(R"({"name":"A","agent_type":"t"})").value()->id;
    any_failed = false;
    const auto attempt = [&](auto make) {
      faulty.fail_at(n, GetParam());
      const auto outcome = await(make());
      EXPECT_EQ(outcome.has_value(), faulty.is_armed());
      any_failed = any_failed || !faulty.is_armed();
      if (!outcome) EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
      faulty.disarm();
      EXPECT_TRUE(await(make()));
    };
    attempt([&] { return shaky.create(registration, caller(ben)); });
    attempt([&] { return shaky.update(id, R"({"description":"D"})", {}, caller(ada)); });
    attempt([&] { return shaky.mark_verified(id, "dns", caller(ada)); });
    attempt([&] { return shaky.remove(id, {}, caller(ada)); });
  }
  // What was stored without our knowing is shown by the next load; nothing else differs.
  Catalog fresh({.registry_url = "https://registry.example"}, pool);
  ASSERT_TRUE(fresh.load(*database));
  const auto stored = listed(fresh);
  for (const auto& json : listed(catalog)) {
    EXPECT_NE(std::ranges::find(stored, json), stored.end());
  }
  if (GetParam() == Fault::before) EXPECT_EQ(listed(catalog), stored);
}

INSTANTIATE_TEST_SUITE_P(Points, AgentFaults, testing::Values(Fault::before, Fault::after),
                         [](const auto& info) {
                           return info.param == Fault::before ? "before" : "after";
                         });

}  // namespace
}  // namespace sovereign::registry
