// Keeps the catalog's local agents as the folders of this machine have them: scans them when asked,
// at start and when something changed there. Loop thread only; the reading is a worker's.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "core/actor.hpp"
#include "core/catalog/catalog.hpp"
#include "core/discovery/folder_watch.hpp"
#include "core/discovery/reconcile.hpp"
#include "core/discovery/walk.hpp"

namespace sovereign::core {

/// All must outlive it.
struct DiscoveryParts {
  Catalog& catalog;
  const Approvals& approvals;
  const base::Clock& clock;
  async::WorkerPool& pool;
};

/// What a scan found, against what was known.
struct ScanReport {
  std::size_t found = 0;  ///< Manifests with an id.
  std::vector<AgentId> added;
  std::vector<AgentId> changed;
  std::size_t unchanged = 0;
  std::vector<AgentId> missing;
  std::size_t shadowed = 0;  ///< Copies of ids that others hold, new ones.
  std::vector<WalkProblem> problems;
  bool is_partial = false;
  std::chrono::milliseconds duration{0};
};

class Discovery {
 public:
  /// `plan` says where: roots that are missing are a problem in the report.
  Discovery(DiscoveryParts parts, WalkPlan plan);
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  /// One at a time. Errors: `unavailable` (one is running, stopped, the database).
  Task<ScanReport> scan(Actor actor, std::string correlation_id);

  /// Scans in the background now, and again whenever a watched folder changes, but at most a tenth
  /// of the time. `on_failure` hears of background scans that failed.
  void start(boost::asio::any_io_executor executor, std::function<void(const Error&)> on_failure);
  /// Ends what runs, within the time of reading one folder.
  Task<void> stop();

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< Shared with the scan under way.
};

}  // namespace sovereign::core
