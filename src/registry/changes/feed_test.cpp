// The feed over a real database, on both engines.
#include "registry/changes/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "json/parse.hpp"
#include "registry/changes/follower.hpp"
#include "registry/changes/poll.hpp"
#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;
using support::await;
using support::Engine;
using testing::ElementsAre;
using testing::IsEmpty;

/// What one replica has of the feed.
struct Replica {
  Replica(sql::Database& database, Catalog& catalog, const Clock& clock, ChangeRingLimits limits,
          sql::Database* lagging = nullptr)
      : hub(limits),
        follower(database, catalog, clock, cursors, hub),
        feed(database, lagging, catalog, cursors, hub) {}

  ChangeCursors cursors{"the replicas' secret"};
  ChangeHub hub;
  ChangeFollower follower;
  ChangeFeed feed;
};

class FeedTest : public testing::TestWithParam<Engine>, protected support::AgentsFixture {
 protected:
  FeedTest() : AgentsFixture(GetParam()) { EXPECT_TRUE(here.follower.start(*database)); }

  SharedRecord add(std::string_view name, std::string_view type = "assistant") {
    clock.advance(1s);
    return create(fmt::format(R"({{"name":"{}","agent_type":"{}"}})", name, type)).value();
  }
  void change(const SharedRecord& agent, std::string patch) {
    ASSERT_TRUE(await(service.update(agent->id, std::move(patch), "", caller(ada))));
  }
  void remove(const SharedRecord& agent) {
    ASSERT_TRUE(await(service.remove(agent->id, "", caller(ada))));
  }
  void catch_up() { ASSERT_TRUE(await(here.follower.catch_up())); }

  Result<json::Value> poll(Replica& replica, std::string since, ChangeFilter filter = {},
                           std::size_t limit = 100) {
    auto from = await(replica.feed.begin(since));
    if (!from) return Failure(from.error());
    ChangePollRequest request{.since = since, .from = *from, .filter = std::move(filter)};
    request.limits.items = limit;
    auto body = await(poll_changes(replica.feed, std::move(request)));
    if (!body) return Failure(body.error());
    return json::parse(*body);
  }
  json::Value poll(std::string since, ChangeFilter filter = {}, std::size_t limit = 100) {
    return poll(here, std::move(since), std::move(filter), limit).value();
  }
  std::string newest() { return cursor_of(poll("now")); }

  static std::string cursor_of(const json::Value& batch) {
    return std::string(batch.at("cursor").as_string());
  }
  /// "created A", "deleted", in order.
  static std::vector<std::string> told(const json::Value& batch) {
    std::vector<std::string> items;
    for (const auto& item : batch.at("changes").as_array()) {
      std::string text(item.at("kind").as_string());
      if (item.as_object().contains("agent")) {
        text += ' ';
        text += item.at("agent").at("name").as_string();
      }
      items.push_back(std::move(text));
    }
    return items;
  }

  Replica here{*database, catalog, clock, {}};
};

TEST_P(FeedTest, ChangesComeInTheirOrderWithTheAgentsPresentState) {
  const auto start = newest();
  const auto one = add("One");
  const auto two = add("Two");
  catch_up();
  const auto first = poll(start);
  EXPECT_THAT(told(first), ElementsAre("created One", "created Two"));
  EXPECT_EQ(first.at("is_snapshot"), false);
  EXPECT_EQ(first.at("has_more"), false);
  EXPECT_EQ(std::string_view(first.at("since").as_string()), start);
  EXPECT_EQ(first.at("registry_url"), "https://registry.example");
  change(two, R"({"description":"new"})");
  remove(one);
  catch_up();
  EXPECT_THAT(told(poll(cursor_of(first))), ElementsAre("updated Two", "deleted"));
  EXPECT_THAT(told(poll(newest())), IsEmpty());
}

TEST_P(FeedTest, ASnapshotGoesOverIntoTheChangesSinceItBeganWithoutAGap) {
  std::vector<SharedRecord> agents;
  for (int i = 0; i < 5; ++i) agents.push_back(add("Agent" + std::to_string(i)));
  remove(agents[4]);
  catch_up();
  auto batch = poll("start", {}, 2);
  EXPECT_THAT(told(batch), ElementsAre("created Agent0", "created Agent1"));
  EXPECT_EQ(batch.at("is_snapshot"), true);
  EXPECT_EQ(batch.at("has_more"), true);
  remove(agents[0]);  // Already shown.
  change(agents[2], R"({"description":"still to be shown"})");
  add("Agent5");
  catch_up();
  std::vector<std::string> rest;
  do {
    batch = poll(cursor_of(batch), {}, 1);
    for (auto& item : told(batch)) rest.push_back(std::move(item));
  } while (batch.at("has_more").as_bool());
  EXPECT_THAT(rest, ElementsAre("created Agent2", "created Agent3", "created Agent5", "deleted",
                                "updated Agent2", "created Agent5"));
}

TEST_P(FeedTest, APageCutByItsLimitGoesOnAtItsCursor) {
  const auto start = newest();
  for (int i = 0; i < 7; ++i) add("Agent" + std::to_string(i));
  catch_up();
  std::vector<std::string> all;
  auto batch = poll(start, {}, 3);
  for (;;) {
    for (auto& item : told(batch)) all.push_back(std::move(item));
    if (!batch.at("has_more").as_bool()) break;
    batch = poll(cursor_of(batch), {}, 3);
  }
  EXPECT_EQ(all.size(), 7U);
  EXPECT_EQ(all.back(), "created Agent6");
}

TEST_P(FeedTest, AFilterShowsWhatMatchesAndBuriesWhatLeavesIt) {
  const auto filter = change_filter("assistant", {}, {});
  const auto start = newest();
  const auto leaves = add("Leaves");
  add("Stranger", "tool");
  catch_up();
  auto batch = poll(start, filter);
  EXPECT_THAT(told(batch), ElementsAre("created Leaves"));
  change(leaves, R"({"agent_type":"tool"})");
  catch_up();
  batch = poll(cursor_of(batch), filter);
  EXPECT_THAT(told(batch), ElementsAre("deleted"));
  EXPECT_THAT(told(poll("start", filter)), IsEmpty());
  EXPECT_THAT(told(poll("start", change_filter("TOOL", {}, ada))),
              ElementsAre("created Leaves", "created Stranger"));
}

TEST_P(FeedTest, ACursorIsGoodOnAnotherReplicaAndFromBeforeARestart) {
  const auto start = newest();
  add("One");
  catch_up();
  const auto middle = newest();
  add("Two");
  auto connections = database.open();
  Catalog other({.registry_url = "https://registry.example"}, pool);
  Replica there(*connections, other, clock, {});
  ASSERT_TRUE(there.follower.start(*connections));
  ASSERT_TRUE(other.load(*connections));
  ASSERT_TRUE(await(there.follower.catch_up()));
  EXPECT_THAT(told(poll(there, start).value()), ElementsAre("created One", "created Two"));
  EXPECT_THAT(told(poll(there, middle).value()), ElementsAre("created Two"));
}

TEST_P(FeedTest, WhatMemoryDoesNotHoldAnyMoreIsReadFromTheDatabase) {
  Replica small(*database, catalog, clock, {.events = 2});
  ASSERT_TRUE(small.follower.start(*database));
  const auto start = cursor_of(poll(small, "now").value());
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    add("Agent" + std::to_string(i));
    ASSERT_TRUE(await(small.follower.catch_up()));
    expected.push_back("created Agent" + std::to_string(i));
  }
  const auto from = small.cursors.decode(start)->position;
  EXPECT_EQ(small.hub.after(from).state, ChangeReading::State::dropped);
  EXPECT_EQ(told(poll(small, start).value()), expected);
  auto batch = poll(small, start, {}, 8).value();
  std::vector<std::string> paged = told(batch);
  while (batch.at("has_more").as_bool()) {
    batch = poll(small, cursor_of(batch), {}, 8).value();
    for (auto& item : told(batch)) paged.push_back(std::move(item));
  }
  EXPECT_EQ(paged, expected);
}

TEST_P(FeedTest, WhatAReplicaThatLagsDoesNotHaveYetIsReadFromTheDatabaseItself) {
  const support::RegistryDatabase lagging(GetParam());  // So far behind that it has nothing.
  Replica small(*database, catalog, clock, {.events = 1}, &*lagging);
  ASSERT_TRUE(small.follower.start(*database));
  for (const auto* name : {"One", "Two", "Three"}) {
    add(name);
    ASSERT_TRUE(await(small.follower.catch_up()));
  }
  EXPECT_THAT(told(poll(small, small.cursors.encode({})).value()),
              ElementsAre("created One", "created Two", "created Three"));
}

TEST_P(FeedTest, WhatIsNoCursorIsRefused) {
  const auto refused = poll(here, "forged");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unprocessable);
  EXPECT_EQ(refused.error().fields.at(0).pointer, "?since");
}

TEST_P(FeedTest, ACursorAheadOfTheDatabaseIsAConflict) {
  here.hub.stop();  // Nobody is going to reach it: do not wait for that.
  const auto ahead = here.cursors.encode({.position = 1'000'000});
  const auto refused = poll(here, ahead);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(refused.error().name, "changes.cursor_ahead");
}

TEST_P(FeedTest, AChangeOfAnotherProcessReachesTheCatalogBeforeTheFeed) {
  const auto start = newest();
  auto connections = database.open();
  Catalog other({.registry_url = "https://registry.example"}, pool);
  AgentService elsewhere(*connections, other, clock, random);
  const auto added = await(elsewhere.create(
      read_registration(R"({"name":"Far","agent_type":"t"})").value(), caller(ada)));
  ASSERT_TRUE(added);
  EXPECT_EQ(catalog.find((*added)->id), nullptr);
  catch_up();
  EXPECT_EQ(catalog.find((*added)->id)->version, 1);
  EXPECT_THAT(told(poll(start)), ElementsAre("created Far"));
}

INSTANTIATE_TEST_SUITE_P(Engines, FeedTest, testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& engine) { return support::name_of(engine.param); });

/// A write that commits late, on PostgreSQL: it waits for a lock that a session holds.
TEST(ChangeLog, AChangeThatCommitsLateIsNeverMissed) {
  constexpr sql::Statement kHold{"test.hold", "SELECT CAST(pg_advisory_lock(77) AS TEXT)"};
  constexpr sql::Statement kRelease{"test.release", "SELECT CAST(pg_advisory_unlock(77) AS TEXT)"};
  constexpr sql::Statement kWait{"test.wait", "SELECT CAST(pg_advisory_xact_lock(77) AS TEXT)"};
  constexpr sql::Statement kWaiting{"test.waiting",
                                    "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' "
                                    "AND objid = 77 AND NOT granted"};
  constexpr sql::Statement kInsert{
      "test.change",
      "INSERT INTO changes (kind, agent_id, version, changed_at) VALUES ('updated', $1, 1, 0)"};
  const support::RegistryDatabase database(Engine::postgresql);
  support::SeededRandom random;
  const auto insert = [&](std::string_view agent) {
    return sql::Call{kInsert, {std::string(agent)}};
  };
  const auto early = AgentId::generate(random).to_string();
  const auto late = AgentId::generate(random).to_string();
  const auto holder = database.open(1);  // The lock is its one session's.
  ChangeLog log(*database);
  const auto newest = [&] {
    const auto placed = await(log.place());
    EXPECT_TRUE(placed) << placed.error().context;
    return await(log.read(0, 1000, 1000)).value();
  };

  ASSERT_TRUE(await(holder->read({kHold, {}})));
  std::jthread slow([&] {
    sql::Write write;
    write.calls.push_back(insert(late));
    write.calls.push_back({kWait, {}});
    EXPECT_TRUE(await(database->write(std::move(write))));
  });
  while (database.count(kWaiting) == 0) std::this_thread::yield();
  sql::Write write;
  write.calls.push_back(insert(early));
  ASSERT_TRUE(await(database->write(std::move(write))));
  const auto before = newest();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0].agent.to_string(), early);  // Though the other's number is lower.

  ASSERT_TRUE(await(holder->read({kRelease, {}})));
  slow.join();
  const auto after = newest();
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[1].agent.to_string(), late);
  EXPECT_GT(after[1].position, before[0].position);
}

TEST(ChangeLog, AnnouncedPositionsWakeWhoListens) {
  const support::RegistryDatabase database(Engine::postgresql);
  std::mutex mutex;
  std::condition_variable changed;
  int announced = 0;
  const auto wait_for = [&](int count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 10s, [&] { return announced >= count; });
  };
  const auto other = database.open();
  const auto listening = other->listen(ChangeLog::kChannel, [&] {
    const std::lock_guard lock(mutex);
    ++announced;
    changed.notify_all();
  });
  ASSERT_TRUE(wait_for(1));  // It listens.
  constexpr sql::Statement kInsert{
      "test.change",
      "INSERT INTO changes (kind, agent_id, version, changed_at) VALUES ('updated', $1, 1, 0)"};
  support::SeededRandom random;
  sql::Write write;
  write.calls.push_back({kInsert, {AgentId::generate(random).to_string()}});
  ASSERT_TRUE(await(database->write(std::move(write))));
  ChangeLog log(*database);
  ASSERT_TRUE(await(log.place()));
  EXPECT_TRUE(wait_for(2));
}

}  // namespace
}  // namespace sovereign::registry
