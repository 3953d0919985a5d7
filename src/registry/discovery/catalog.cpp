#include "registry/discovery/catalog.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "registry/discovery/catalog_loader.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {
namespace {

std::uint64_t next_catalog_number() {
  static std::atomic<std::uint64_t> count = 0;
  return count.fetch_add(1, std::memory_order_relaxed) + 1;
}

std::shared_ptr<const AgentRecord> as_record(std::shared_ptr<const void> payload) {
  return std::static_pointer_cast<const AgentRecord>(std::move(payload));
}

}  // namespace

/// Agents whose coroutines wait for the next change of the index.
class Waiting {
 public:
  struct Batch {
    std::vector<CatalogAgent> agents;
    std::vector<std::move_only_function<void()>> resume;
  };

  /// Whether it is the first of a batch, so that somebody must see to the batch.
  bool add(CatalogAgent agent, std::move_only_function<void()> resume) {
    const std::lock_guard lock(mutex_);
    batch_.agents.push_back(std::move(agent));
    batch_.resume.push_back(std::move(resume));
    return batch_.agents.size() == 1;
  }

  Batch take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(batch_, {});
  }

 private:
  std::mutex mutex_;
  Batch batch_;
};

class Catalog::State {
 public:
  State() : index(index_fields::schema()) {}

  /// The present snapshot, kept by each thread until it changes: the shared lock and counter behind
  /// Index::snapshot() are touched once a change, not once a read.
  const search::Snapshot& present() {
    struct Kept {
      std::uint64_t catalog = 0;
      std::shared_ptr<const search::Snapshot> snapshot;
    };
    thread_local Kept kept;
    if (kept.catalog != number || kept.snapshot->version() != index.version()) {
      kept.snapshot = index.snapshot();
      kept.catalog = number;
    }
    return *kept.snapshot;
  }

  void remember(const Developer& developer) {
    const std::unique_lock lock(developers_mutex);
    developers.insert_or_assign(developer.id, developer);
  }

  /// Runs merges until none is worth doing; in a background thread.
  void merge(search::Merge merge) {
    for (std::optional<search::Merge> next(std::move(merge)); next;) {
      next->run();
      const std::lock_guard lock(writing);
      index.install(std::move(*next));
      next.reset();
      next = index.plan_merge();
    }
  }

  const std::uint64_t number = next_catalog_number();
  const std::int64_t started = std::chrono::system_clock::now().time_since_epoch().count();
  search::Index index;
  std::mutex writing;  ///< One writer of the index at a time.
  Waiting waiting;
  std::shared_mutex developers_mutex;
  Developers developers;
};

Catalog::Catalog(CatalogOptions options, async::WorkerPool& background)
    : options_(std::move(options)), background_(background), state_(std::make_shared<State>()) {}

Catalog::~Catalog() = default;

Result<void> Catalog::load(sql::Database& database) {
  auto loaded = load_catalog(database, state_->index.schema(), options_.registry_url);
  if (!loaded) return Failure(std::move(loaded.error()));
  const std::lock_guard lock(state_->writing);
  state_->index.adopt(loaded->builders);
  const std::unique_lock developers_lock(state_->developers_mutex);
  state_->developers = std::move(loaded->developers);
  // One segment a loading thread is quick to build; one segment in all is quicker to search.
  merge_in_background(state_->index.plan_full_merge());
  return {};
}

void Catalog::apply(std::span<const CatalogAgent> agents) {
  if (apply_newer(agents) && options_.on_change) options_.on_change();
}

/// Whether any of them was newer than what is here.
bool Catalog::apply_newer(std::span<const CatalogAgent> agents) {
  const std::lock_guard lock(state_->writing);
  const auto before = state_->index.snapshot();
  std::vector<search::Change> changes;
  changes.reserve(agents.size());
  std::unordered_map<AgentId, std::int64_t> newest;
  for (const auto& entry : agents) {
    const auto& agent = entry.agent;
    const auto present = as_record(before->find(agent.id.uuid));
    auto& version = newest.try_emplace(agent.id, present ? present->version : 0).first->second;
    if (agent.version <= version) continue;
    version = agent.version;
    auto record = std::make_shared<const AgentRecord>(
        make_record(agent, entry.developer, options_.registry_url));
    changes.emplace_back(index_fields::document_of(entry, std::move(record)));
    state_->remember(entry.developer);
  }
  if (changes.empty()) return false;
  state_->index.apply(changes);
  merge_in_background(state_->index.plan_merge());
  return true;
}

/// A full pool drops the merge; the next change plans it again.
void Catalog::merge_in_background(std::optional<search::Merge> merge) {
  if (!merge) return;
  background_.try_post(
      [state = state_, merge = std::move(*merge)]() mutable { state->merge(std::move(merge)); });
}

boost::asio::awaitable<void> Catalog::publish(CatalogAgent agent) {
  namespace asio = boost::asio;
  using Token = asio::use_awaitable_t<>;
  auto initiate = [this](auto handler, CatalogAgent published) {
    auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
    const auto executor = guard.get_executor();
    auto resume = [handler = std::move(handler), guard = std::move(guard)]() mutable {
      asio::post(guard.get_executor(), std::move(handler));
      guard.reset();
    };
    // Behind whatever the loop has ready: more agents of the same commit.
    if (state_->waiting.add(std::move(published), std::move(resume))) {
      asio::post(executor, [this] { apply_waiting(); });
    }
  };
  auto token = Token{};
  co_await asio::async_initiate<Token, void()>(std::move(initiate), token, std::move(agent));
}

void Catalog::apply_waiting() {
  auto batch = state_->waiting.take();
  apply(batch.agents);
  for (auto& resume : batch.resume) resume();
}

std::shared_ptr<const AgentRecord> Catalog::find(AgentId id) const {
  return as_record(state_->present().find(id.uuid));
}

std::shared_ptr<const AgentRecord> Catalog::find_human_readable_id(std::string_view id) const {
  search::Query query{.limit = 1, .explain = false};
  query.filter.node = search::HasTerm{index_fields::keyword::human_readable_id, std::string(id)};
  auto answer = state_->present().search(query);
  return answer.hits.empty() ? nullptr : as_record(std::move(answer.hits.front().payload));
}

std::shared_ptr<const search::Snapshot> Catalog::snapshot() const {
  return state_->index.snapshot();
}

std::string Catalog::generation_tag() const {
  return fmt::format("{:x}.{:x}", state_->started, state_->index.version());
}

std::optional<Developer> Catalog::developer(UserId id) const {
  const std::shared_lock lock(state_->developers_mutex);
  const auto found = state_->developers.find(id);
  return found == state_->developers.end() ? std::nullopt : std::optional(found->second);
}

const std::string& Catalog::registry_url() const { return options_.registry_url; }

}  // namespace sovereign::registry
