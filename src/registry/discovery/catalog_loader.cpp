#include "registry/discovery/catalog_loader.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "registry/agents/record.hpp"
#include "registry/agents/store.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {
namespace {

using Batch = std::vector<sql::Row>;

constexpr std::size_t kBatchRows = 128;
constexpr std::size_t kWaitingBatches = 8;  // About 2 MB; enough to keep two threads busy.

/// Batches on their way from the reading thread to the building ones.
class BatchQueue {
 public:
  /// Waits while the queue is full.
  void push(Batch batch) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return batches_.size() < kWaitingBatches; });
    batches_.push_back(std::move(batch));
    lock.unlock();
    has_batch_.notify_one();
  }

  /// No more will come.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    has_batch_.notify_all();
  }

  /// Waits; nothing when the queue is closed and empty.
  std::optional<Batch> pop() {
    std::unique_lock lock(mutex_);
    has_batch_.wait(lock, [this] { return closed_ || !batches_.empty(); });
    if (batches_.empty()) return std::nullopt;
    Batch batch = std::move(batches_.front());
    batches_.pop_front();
    lock.unlock();
    has_room_.notify_one();
    return batch;
  }

 private:
  std::mutex mutex_;
  std::condition_variable has_room_;
  std::condition_variable has_batch_;
  std::deque<Batch> batches_;
  bool closed_ = false;
};

void build(BatchQueue& queue, search::SegmentBuilder& builder, Developers& developers,
           const std::string& registry_url) {
  while (auto batch = queue.pop()) {
    for (const auto& row : *batch) {
      const CatalogAgent entry = agent_of_row(row);
      auto record = std::make_shared<const AgentRecord>(
          make_record(entry.agent, entry.developer, registry_url));
      builder.add(index_fields::document_of(entry, std::move(record)));
      developers.try_emplace(entry.developer.id, entry.developer);
    }
  }
  builder.prepare();
}

}  // namespace

Result<LoadedCatalog> load_catalog(sql::Database& database,
                                   const std::shared_ptr<const search::Schema>& schema,
                                   const std::string& registry_url) {
  static_assert(LoadedCatalog::kThreads == 2);
  LoadedCatalog loaded{.builders = {search::SegmentBuilder(schema), search::SegmentBuilder(schema)},
                       .developers = {}};
  Result<void> scanned;
  std::array<Developers, LoadedCatalog::kThreads> developers;
  BatchQueue queue;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < LoadedCatalog::kThreads; ++i) {
      threads.emplace_back(
          [&, i] { build(queue, loaded.builders.at(i), developers.at(i), registry_url); });
    }
    Batch batch;
    scanned = database.scan(scan_agents(ScanOrder::any), [&](std::span<const sql::Value> row) {
      batch.emplace_back(row.begin(), row.end());
      if (batch.size() == kBatchRows) queue.push(std::exchange(batch, {}));
      return true;
    });
    if (!batch.empty()) queue.push(std::move(batch));
    queue.close();
  }
  if (!scanned) return Failure(std::move(scanned.error()));
  loaded.developers = std::move(developers[0]);
  loaded.developers.merge(developers[1]);
  return loaded;
}

}  // namespace sovereign::registry
