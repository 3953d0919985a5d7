// The one reader of the change log in this process: brings the catalog up to what other processes
// wrote, then publishes to the hub. So whatever the hub has, the catalog has.
#pragma once

#include <cstdint>
#include <vector>

#include "async/task.hpp"
#include "registry/agents/store.hpp"
#include "registry/changes/cursor.hpp"
#include "registry/changes/hub.hpp"
#include "registry/changes/log.hpp"
#include "registry/discovery/catalog.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

class ChangeFollower {
 public:
  static constexpr std::int64_t kBatch = 1000;  ///< Changes read at once.
  /// Changes of before the start that are kept in memory: readers that come back after a restart
  /// find them there.
  static constexpr std::int64_t kBeforeStart = 2000;

  /// All must outlive this.
  ChangeFollower(sql::Database& database, Catalog& catalog, const Clock& clock,
                 const ChangeCursors& cursors, ChangeHub& hub)
      : log_(database),
        store_(database),
        catalog_(catalog),
        clock_(clock),
        cursors_(cursors),
        hub_(hub) {}

  /// Notes where the log is in `source`, the database or a replica that lags. Blocks: call it
  /// before Catalog::load() from there, which then sees at least that.
  Result<void> start(sql::Database& source);

  /// Applies and publishes what became visible since the last call; call it after local changes,
  /// and every second. One call at a time. Errors: `unavailable`, and the next call starts where
  /// this one did.
  Task<void> catch_up();

 private:
  Task<bool> read_batch();
  Task<void> apply(const std::vector<Change>& changes);
  std::vector<ChangeEvent> render(std::vector<Change> changes) const;

  ChangeLog log_;
  AgentStore store_;
  Catalog& catalog_;
  const Clock& clock_;
  const ChangeCursors& cursors_;
  ChangeHub& hub_;
};

}  // namespace sovereign::registry
