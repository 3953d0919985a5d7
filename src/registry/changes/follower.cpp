#include "registry/changes/follower.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sovereign::registry {

Result<void> ChangeFollower::start(sql::Database& source) {
  const auto newest = ChangeLog(source).newest_at_start();
  if (!newest) return Failure(newest.error());
  hub_.start(std::max<std::int64_t>(0, *newest - kBeforeStart));
  return {};
}

Task<void> ChangeFollower::catch_up() {
  auto placing = log_.place();
  if (const auto placed = co_await std::move(placing); !placed) co_return placed;
  while (true) {
    auto reading = read_batch();
    const auto has_more = co_await std::move(reading);
    if (!has_more) co_return Failure(has_more.error());
    if (!*has_more) co_return Result<void>{};
  }
}

Task<bool> ChangeFollower::read_batch() {
  constexpr auto kNoEnd = std::numeric_limits<std::int64_t>::max();
  auto reading = log_.read(hub_.newest(), kNoEnd, kBatch);
  auto changes = co_await std::move(reading);
  if (!changes) co_return Failure(changes.error());
  if (changes->empty()) co_return false;
  const bool is_full = std::ssize(*changes) == kBatch;
  const auto position = changes->back().position;
  const auto newest_at = changes->back().changed_at;
  auto newest = without_superseded(std::move(*changes));
  auto applying = apply(newest);
  if (const auto applied = co_await std::move(applying); !applied) {
    co_return Failure(applied.error());
  }
  hub_.publish(render(std::move(newest)), position, clock_.now() - newest_at);
  co_return is_full;
}

Task<void> ChangeFollower::apply(const std::vector<Change>& changes) {
  for (const auto& change : changes) {
    const auto known = catalog_.find(change.agent);
    if (known && known->version >= change.version) continue;
    auto finding = store_.find(change.agent);
    const auto agent = co_await std::move(finding);
    if (!agent) co_return Failure(agent.error());
    if (*agent) catalog_.apply({&**agent, 1});
  }
  co_return Result<void>{};
}

std::vector<ChangeEvent> ChangeFollower::render(std::vector<Change> changes) const {
  std::vector<ChangeEvent> events;
  events.reserve(changes.size());
  for (const auto& change : changes) {
    events.push_back(make_event(change, catalog_.find(change.agent),
                                cursors_.encode({.position = change.position})));
  }
  return events;
}

}  // namespace sovereign::registry
