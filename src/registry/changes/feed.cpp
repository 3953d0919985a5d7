#include "registry/changes/feed.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kHistoryTimeout = 10s;  // For a page of it, waiting for its turn included.

search::Filter has(std::size_t field, std::string value) {
  return {search::HasTerm{field, std::move(value)}};
}

/// The public agents that match, as the search index knows them.
search::Filter index_filter(const ChangeFilter& filter) {
  namespace keyword = index_fields::keyword;
  std::vector<search::Filter> all;
  all.push_back(
      {search::AnyOf{{has(keyword::status, "active"), has(keyword::status, "deprecated")}}});
  if (filter.agent_type) all.push_back(has(keyword::agent_type, *filter.agent_type));
  if (filter.capability) all.push_back(has(keyword::capabilities, *filter.capability));
  if (filter.owner) all.push_back(has(keyword::developer_id, filter.owner->to_string()));
  return {search::AllOf{std::move(all)}};
}

/// Before every agent.
SnapshotPlace first_place() { return {.created_at = Timestamp{-1us}}; }

search::Position position_of(const SnapshotPlace& place) {
  return {.at = static_cast<double>(place.created_at.time_since_epoch().count()),
          .key = place.agent.uuid};
}

Failure not_a_cursor() {
  return base::fail_field("?since", "cursor",
                          "This must be a cursor of this registry's feed, start or now.");
}

}  // namespace

void append_item(std::string& out, const ChangePageItem& item,
                 const std::optional<ChangeInclude>& include) {
  const auto& event = *item.event;
  if (item.showing == Showing::document || event.kind == ChangeKind::deleted) {
    append_item(out, event, include);
  } else {
    out += tombstone_of(event).json;
  }
}

Task<ChangeCursor> ChangeFeed::begin(std::optional<std::string> since) {
  if (!since || *since == "start") {
    co_return ChangeCursor{.position = hub_.newest(), .snapshot = first_place()};
  }
  if (*since == "now") co_return ChangeCursor{.position = hub_.newest()};
  const auto cursor = cursors_.decode(*since);
  if (!cursor) co_return not_a_cursor();
  auto reaching = reach(cursor->position);
  if (const auto reached = co_await std::move(reaching); !reached) {
    co_return Failure(reached.error());
  }
  co_return *cursor;
}

Task<void> ChangeFeed::reach(std::int64_t position) {
  if (hub_.newest() >= position) co_return Result<void>{};
  const auto executor = co_await asio::this_coro::executor;
  const auto waker = hub_.wakers().add(executor);
  const auto until = SteadyClock::now() + kReplicaLag;
  while (hub_.newest() < position && SteadyClock::now() < until && !hub_.is_stopped()) {
    auto waiting = waker->wait(until);
    co_await std::move(waiting);
  }
  if (hub_.newest() >= position) co_return Result<void>{};
  auto asking = log_.newest();
  const auto newest = co_await std::move(asking);
  if (!newest) co_return Failure(newest.error());
  if (*newest >= position) {
    co_return base::fail(ErrorCode::unavailable, "This replica is behind; try again in a moment.");
  }
  co_return Failure(Error{.code = ErrorCode::conflict,
                          .detail = "The database is older than this cursor; take a new snapshot "
                                    "with since=start.",
                          .name = "changes.cursor_ahead"});
}

Task<ChangePage> ChangeFeed::page(ChangeCursor from, ChangeFilter filter, std::size_t limit) {
  if (from.snapshot) co_return snapshot_page(from, filter, limit);
  const auto reading = hub_.after(from.position);
  switch (reading.state) {
    case ChangeReading::State::nothing:
      co_return ChangePage{.next = std::move(from), .is_at_head = true};
    case ChangeReading::State::block: co_return block_page(reading, filter, limit);
    case ChangeReading::State::dropped: break;
  }
  auto reading_history = history_page(from.position, std::move(filter), limit);
  auto page = co_await std::move(reading_history);
  co_return page;
}

ChangePage ChangeFeed::snapshot_page(const ChangeCursor& from, const ChangeFilter& filter,
                                     std::size_t limit) const {
  const search::Query query{.filter = index_filter(filter),
                            .sort = {.by = search::Sort::By::number,
                                     .direction = search::Sort::Direction::ascending,
                                     .field = index_fields::number::created_at},
                            .limit = limit,
                            .after = position_of(*from.snapshot),
                            .explain = false};
  const auto answer = catalog_.snapshot()->search(query);
  ChangePage page{.next = {.position = from.position}};
  page.items.reserve(answer.hits.size());
  for (std::size_t i = 0; i < answer.hits.size(); ++i) {
    auto record = std::static_pointer_cast<const AgentRecord>(answer.hits[i].payload);
    ChangeCursor behind{.position = from.position};
    const bool is_last = i + 1 == answer.hits.size() && !answer.next;
    if (!is_last) behind.snapshot = SnapshotPlace{record->created_at, record->id};
    page.next = behind;
    auto event = make_snapshot_event(std::move(record), cursors_.encode(behind));
    page.items.push_back({std::make_shared<const ChangeEvent>(std::move(event))});
  }
  return page;
}

ChangePage ChangeFeed::block_page(const ChangeReading& reading, const ChangeFilter& filter,
                                  std::size_t limit) const {
  const auto& block = *reading.block;
  ChangePage page{.next = {.position = block.last_position}};
  for (std::size_t i = reading.first; i < block.events.size(); ++i) {
    const auto& event = block.events[i];
    const auto seen = filter.is_empty() ? Showing::document : showing(filter, event);
    if (seen == Showing::nothing) continue;
    if (page.items.size() == limit) {
      page.next.position = page.items.back().event->change.position;
      break;
    }
    page.items.push_back({std::shared_ptr<const ChangeEvent>(reading.block, &event), seen});
  }
  return page;
}

Task<ChangePage> ChangeFeed::history_page(std::int64_t after, ChangeFilter filter,
                                          std::size_t limit) {
  auto reading = history_.page_behind(after, hub_.newest(), SteadyClock::now() + kHistoryTimeout);
  const auto history = co_await std::move(reading);
  if (!history) co_return Failure(history.error());
  ChangePage page{.next = {.position = (*history)->up_to}};
  for (const auto& change : without_superseded((*history)->changes)) {
    if (change.position <= after) continue;
    auto cursor = cursors_.encode({.position = change.position});
    auto event = make_event(change, catalog_.find(change.agent), std::move(cursor));
    const auto seen = filter.is_empty() ? Showing::document : showing(filter, event);
    if (seen == Showing::nothing) continue;
    if (page.items.size() == limit) {
      page.next.position = page.items.back().event->change.position;
      break;
    }
    page.items.push_back({std::make_shared<const ChangeEvent>(std::move(event)), seen});
  }
  co_return page;
}

}  // namespace sovereign::registry
