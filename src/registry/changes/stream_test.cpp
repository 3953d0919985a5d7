#include "registry/changes/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "registry/changes/follower.hpp"
#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

using support::await;
using testing::ElementsAre;
namespace asio = boost::asio;

/// Writes down what it is told; `on_item` runs before an item is taken.
class RecordingSink final : public ChangeSink {
 public:
  asio::awaitable<bool> item(const ChangePageItem& item,
                             const std::optional<ChangeInclude>&) override {
    const bool goes_on = take(*item.event);
    co_return goes_on;
  }
  asio::awaitable<bool> block(const ChangeBlock& block, std::size_t first) override {
    for (std::size_t i = first; i < block.events.size(); ++i) {
      if (!take(block.events[i])) co_return false;
    }
    co_return true;
  }
  asio::awaitable<bool> notice(std::string_view event, std::string_view) override {
    told.emplace_back(event);
    if (on_notice) on_notice();
    co_return told.size() < limit;
  }
  asio::awaitable<bool> flush() override { co_return true; }

  std::vector<std::string> told;
  std::size_t limit = 1000;
  std::function<void()> on_item;
  std::function<void()> on_notice;

 private:
  bool take(const ChangeEvent& event) {
    told.emplace_back(json::name_of(event.kind));
    if (on_item) std::exchange(on_item, nullptr)();
    return told.size() < limit;
  }
};

class ChangeStreamTest : public testing::Test, protected support::AgentsFixture {
 protected:
  ChangeStreamTest() { EXPECT_TRUE(follower.start(*database)); }

  void add() { ASSERT_TRUE(create(R"({"name":"A","agent_type":"t"})")); }
  void catch_up() { ASSERT_TRUE(await(follower.catch_up())); }

  ChangeStream::End run(ChangeStreamOptions options) {
    ChangeStream stream(feed, hub.open_stream(), std::move(options));
    sink.on_notice = [this, &stream] {
      if (after_live) std::exchange(after_live, nullptr)();
    };
    asio::io_context loop(1);
    std::optional<ChangeStream::End> end;
    asio::co_spawn(loop, stream.run(sink),
                   [&](const std::exception_ptr&, ChangeStream::End how) { end = how; });
    loop.run();
    cursor = stream.cursor();
    return end.value();
  }

  ChangeCursors cursors{"secret"};
  ChangeHub hub{{.events = 4}};
  ChangeFollower follower{*database, catalog, clock, cursors, hub};
  ChangeFeed feed{*database, nullptr, catalog, cursors, hub};
  RecordingSink sink;
  std::function<void()> after_live;
  std::string cursor;
};

TEST_F(ChangeStreamTest, AllThatWasComesFirstThenWhatHappens) {
  add();
  add();
  catch_up();
  after_live = [this] {
    add();
    catch_up();
  };
  sink.limit = 4;
  EXPECT_EQ(run({.from = await(feed.begin(std::nullopt)).value()}), ChangeStream::End::closed);
  EXPECT_THAT(sink.told, ElementsAre("created", "created", "live", "created"));
}

TEST_F(ChangeStreamTest, AReaderThatFallsBehindWhatIsKeptIsCutOffWhereItCanGoOn) {
  after_live = [this] {
    add();
    catch_up();
  };
  sink.on_item = [this] {  // While it takes the first, more happens than is kept.
    for (int i = 0; i < 10; ++i) {
      add();
      catch_up();
    }
  };
  EXPECT_EQ(run({.from = await(feed.begin("now")).value()}), ChangeStream::End::cut_off);
  EXPECT_THAT(sink.told, ElementsAre("live", "created"));
  EXPECT_EQ(hub.status().cutoffs, 1U);
  sink.told.clear();
  sink.limit = 11;  // Ten that it missed, from the database, and "live".
  EXPECT_EQ(run({.from = await(feed.begin(cursor)).value()}), ChangeStream::End::closed);
  EXPECT_EQ(std::ranges::count(sink.told, "created"), 10);
  EXPECT_EQ(sink.told.back(), "live");
}

TEST_F(ChangeStreamTest, ItEndsWhenTheHubStops) {
  after_live = [this] { hub.stop(); };
  EXPECT_EQ(run({.from = {}}), ChangeStream::End::closed);
}

TEST_F(ChangeStreamTest, ThereIsAPlaceForSoManyAndNoMore) {
  std::vector<std::unique_ptr<ChangeHub::Stream>> places;
  for (std::size_t i = 0; i < ChangeHub::kMaxStreams; ++i) places.push_back(hub.open_stream());
  EXPECT_NE(places.back(), nullptr);
  EXPECT_EQ(hub.open_stream(), nullptr);
  places.pop_back();
  EXPECT_NE(hub.open_stream(), nullptr);
}

}  // namespace
}  // namespace sovereign::registry
