// The table of changes, read in the order in which they became visible (docs/adr/0010). SQLite has
// one writer at a time, so its sequence numbers are that order. PostgreSQL gives them out before
// the commit: there a change gets its position afterwards, once it can be seen, by whichever
// process looks first.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "registry/changes/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

class ChangeLog {
 public:
  /// Announced on PostgreSQL whenever positions were given.
  static constexpr std::string_view kChannel = "agentvault_changes";
  /// Changes that are given positions at once: a second's worth for a fast server.
  static constexpr std::int64_t kPlacedAtOnce = 10'000;

  /// Must outlive this.
  explicit ChangeLog(sql::Database& database) : database_(database) {}

  /// The highest position, 0 when there is none. Blocks: for start-up.
  Result<std::int64_t> newest_at_start();
  Task<std::int64_t> newest();

  /// Gives positions to changes that have none yet, kPlacedAtOnce at most.
  Task<void> place();

  /// The changes with after < position <= up_to, in order, `limit` at most.
  Task<std::vector<Change>> read(std::int64_t after, std::int64_t up_to, std::int64_t limit);

 private:
  Task<bool> has_unplaced();

  sql::Database& database_;
};

}  // namespace sovereign::registry
