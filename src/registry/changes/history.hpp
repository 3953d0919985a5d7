// Changes that are not in memory any more, read from the database in pages that readers share: many
// that come back to the same place cost one query a page.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "registry/changes/log.hpp"
#include "registry/changes/wakers.hpp"

namespace sovereign::registry {

/// Any thread.
class ChangeHistory {
 public:
  static constexpr std::int64_t kPage = 512;          ///< Positions, not rows: some are unused.
  static constexpr std::size_t kPages = 64;           ///< Kept; some 2 MB.
  static constexpr std::size_t kConcurrentReads = 2;  ///< Other work needs the database too.

  /// `replica` is a copy of the database that may lag, or null; a page that it does not have yet is
  /// read from `database`. Both must outlive this.
  explicit ChangeHistory(sql::Database& database, sql::Database* replica = nullptr)
      : log_(database), replica_log_(replica ? std::optional<ChangeLog>(*replica) : std::nullopt) {}

  struct Page {
    std::vector<Change> changes;
    std::int64_t up_to = 0;  ///< No further change has a position up to this.
  };
  using SharedPage = std::shared_ptr<const Page>;

  /// The page that position after + 1 is on, as far as `newest`, which the hub has reached. Its
  /// first changes may be those before. Error: `unavailable`, also when the database took longer
  /// than `until`.
  Task<SharedPage> page_behind(std::int64_t after, std::int64_t newest, SteadyTime until);

 private:
  enum class Turn : std::uint8_t { read, wait };
  struct Found {
    SharedPage page = nullptr;
    Turn turn = Turn::wait;
  };

  Found look(std::int64_t number);
  Task<SharedPage> read(std::int64_t number, std::int64_t newest);
  Task<ChangeLog*> log_up_to(std::int64_t position);
  void keep(std::int64_t number, SharedPage page);

  ChangeLog log_;
  std::optional<ChangeLog> replica_log_;
  std::mutex mutex_;
  std::unordered_map<std::int64_t, SharedPage> pages_;  ///< Null: being read.
  std::vector<std::int64_t> order_;                     ///< Of those that were read, oldest first.
  std::size_t reading_ = 0;
  Wakers wakers_;
};

}  // namespace sovereign::registry
