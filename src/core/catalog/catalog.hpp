// All agents the Core knows, in memory: found, searched and listed without SQL. The rows are the
// truth; commit() keeps both the same. Loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "core/catalog/agent_record.hpp"
#include "core/catalog/search_types.hpp"
#include "core/permissions/approvals.hpp"
#include "json/parse.hpp"
#include "search/index.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

class Catalog {
 public:
  /// Where changes are announced: the event bus's publish(type, subject, data).
  using Publish =
      std::function<void(std::string_view type, std::string_view subject, json::Object data)>;

  /// All must outlive it. Listens to `approvals`, so it is to be made before those who act on a
  /// change and look into the catalog for it.
  Catalog(sql::Database& database, Approvals& approvals, Publish publish);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// Reads all rows, after Approvals::load(); blocks, once at start.
  Result<void> load();

  /// Null when there is none.
  std::shared_ptr<const AgentRecord> find(const AgentId& id) const;
  std::size_t size() const { return agents_.size(); }
  /// All of them, in no order.
  std::vector<std::shared_ptr<const AgentRecord>> all() const;

  /// Errors: `unprocessable` (text too long, limit).
  Result<SearchAnswer> search(const SearchQuery& query) const;

  /// Runs the write, then reads the agents' rows again into memory and the index and announces
  /// agent.changed for each that differs (agent.removed for a row that is gone). A write that its
  /// own rules reject is an answer, and changes nothing. Errors: `unavailable`.
  Task<sql::WriteResult> commit(std::vector<AgentId> agents, sql::Write write);
  Task<sql::WriteResult> commit(AgentId agent, sql::Write write);

  /// How it lives now; announced when it differs. Unknown ids are ignored.
  void set_live(const AgentId& id, LiveState live);

 private:
  /// `read` was asked for at `ticket`; an older answer never replaces a newer one.
  void take(std::vector<AgentId> asked, std::vector<AgentRecord> read, std::uint64_t ticket);
  /// The kept record with what `change` makes of it, announced if it differs.
  void revise(const AgentId& id, const std::function<void(AgentRecord&)>& change);
  void announce(const AgentRecord& record) const;

  sql::Database& database_;
  Approvals& approvals_;
  Publish publish_;
  std::unordered_map<AgentId, std::shared_ptr<const AgentRecord>> agents_;
  std::unordered_map<AgentId, std::uint64_t> tickets_;  ///< Of what agents_ has.
  std::uint64_t last_ticket_ = 0;
  search::Index index_;
};

}  // namespace sovereign::core
