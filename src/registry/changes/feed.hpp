// Pages of the change feed for one reader at a cursor: a snapshot from the catalog, what is not in
// memory from the log, the rest from the hub. All state of a reader is its cursor.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "registry/changes/cursor.hpp"
#include "registry/changes/history.hpp"
#include "registry/changes/hub.hpp"
#include "registry/discovery/catalog.hpp"

namespace sovereign::registry {

/// An item, and what this reader sees of it; never Showing::nothing.
struct ChangePageItem {
  std::shared_ptr<const ChangeEvent> event;
  Showing showing = Showing::document;
};

struct ChangePage {
  std::vector<ChangePageItem> items;
  ChangeCursor next;        ///< Behind the items, and behind what the filter left out.
  bool is_at_head = false;  ///< Nothing more is known now.
};

/// Appends an item as JSON.
void append_item(std::string& out, const ChangePageItem& item,
                 const std::optional<ChangeInclude>& include);

/// Any thread.
class ChangeFeed {
 public:
  /// How long a replica that is behind may take to reach another one's cursor.
  static constexpr std::chrono::seconds kReplicaLag{5};
  static constexpr std::size_t kMaxPageItems = 1000;

  /// `replica` may be null: see ChangeHistory. All must outlive this.
  ChangeFeed(sql::Database& database, sql::Database* replica, const Catalog& catalog,
             const ChangeCursors& cursors, ChangeHub& hub)
      : log_(database),
        history_(database, replica),
        catalog_(catalog),
        cursors_(cursors),
        hub_(hub) {}

  /// The cursor that `since` means: a cursor, "now", or "start", which is also the default. Waits
  /// until this process has seen it. Errors: `unprocessable` (none of ours), `conflict` (ahead of
  /// the database), `unavailable`.
  Task<ChangeCursor> begin(std::optional<std::string> since);

  /// What follows, `limit` items at most, maybe none though there is more. Error: `unavailable`.
  Task<ChangePage> page(ChangeCursor from, ChangeFilter filter, std::size_t limit);

  const ChangeCursors& cursors() const { return cursors_; }
  ChangeHub& hub() { return hub_; }
  const std::string& registry_url() const { return catalog_.registry_url(); }

 private:
  Task<void> reach(std::int64_t position);
  ChangePage snapshot_page(const ChangeCursor& from, const ChangeFilter& filter,
                           std::size_t limit) const;
  ChangePage block_page(const ChangeReading& reading, const ChangeFilter& filter,
                        std::size_t limit) const;
  Task<ChangePage> history_page(std::int64_t after, ChangeFilter filter, std::size_t limit);

  ChangeLog log_;
  ChangeHistory history_;
  const Catalog& catalog_;
  const ChangeCursors& cursors_;
  ChangeHub& hub_;
};

}  // namespace sovereign::registry
