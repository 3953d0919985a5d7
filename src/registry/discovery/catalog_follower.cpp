#include "registry/discovery/catalog_follower.hpp"

#include <algorithm>
#include <unordered_map>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kNewest{"changes.newest",
                                 "SELECT COALESCE(MAX(sequence), 0) FROM changes"};

constexpr sql::Statement kAfter{"changes.after",
                                "SELECT sequence, agent_id, version FROM changes "
                                "WHERE sequence > $1 ORDER BY sequence LIMIT $2"};

}  // namespace

Result<void> CatalogFollower::start() {
  return database_.scan({kNewest, {}}, [this](std::span<const sql::Value> row) {
    after_ = sql::integer(row[0]);
    seen_ = {{clock_.steady_now(), after_}};
    return true;
  });
}

Task<void> CatalogFollower::catch_up() {
  for (std::int64_t after = after_;;) {
    auto reading = read_changes(after);
    const auto changes = co_await std::move(reading);
    if (!changes) co_return Failure(changes.error());
    auto applying = apply(*changes);
    if (const auto applied = co_await std::move(applying); !applied) co_return applied;
    if (!changes->empty()) after = changes->back().sequence;
    if (static_cast<std::int64_t>(changes->size()) < kBatch) {
      advance(after);
      co_return Result<void>{};
    }
  }
}

Task<std::vector<CatalogFollower::Change>> CatalogFollower::read_changes(std::int64_t after) {
  auto read = database_.read({kAfter, {after, kBatch}});
  const auto result = co_await std::move(read);
  if (!result) co_return Failure(result.error());
  std::vector<Change> changes;
  changes.reserve(result->rows.size());
  for (const auto& row : result->rows) {
    const auto agent = AgentId::parse(sql::text(row[1]));
    if (agent) changes.push_back({sql::integer(row[0]), *agent, sql::integer(row[2])});
  }
  co_return changes;
}

Task<void> CatalogFollower::apply(const std::vector<Change>& changes) {
  std::unordered_map<AgentId, std::int64_t> newest;
  for (const auto& change : changes) {
    auto& version = newest[change.agent];
    version = std::max(version, change.version);
  }
  for (const auto& [id, version] : newest) {
    const auto known = catalog_.find(id);
    if (known && known->version >= version) continue;
    auto find = store_.find(id);
    const auto agent = co_await std::move(find);
    if (!agent) co_return Failure(agent.error());
    if (*agent) catalog_.apply({&**agent, 1});
  }
  co_return Result<void>{};
}

void CatalogFollower::advance(std::int64_t seen) {
  if (database_.engine() == "sqlite") {  // One writer at a time: sequence order is commit order.
    after_ = seen;
    return;
  }
  const auto now = clock_.steady_now();
  seen_.emplace_back(now, seen);
  while (seen_.size() > 1 && now - seen_[1].first >= kOverlap) seen_.pop_front();
  after_ = seen_.front().second;
}

}  // namespace sovereign::registry
