// A sync of a registry, from the fetch to the rows.
#include <algorithm>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/errors.hpp"
#include "core/sync/registries.hpp"

namespace sovereign::core {
namespace {

/// Rows in one transaction, so that other writers come in between.
constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kBatchBytes = 4ULL << 20;
constexpr std::size_t kShownProblems = 200;

/// Nothing is installed by a sync, so what git says of it is an error of the registry.
Error as_registry_error(Error error) {
  if (error.name == to_string(CoreCode::install_fetch_failed)) {
    error.name = to_string(CoreCode::registry_sync_failed);
  }
  return error;
}

}  // namespace

/// What a sync found different from before.
struct Registries::Changes {
  std::vector<AgentId> added;
  std::vector<AgentId> changed;
  std::vector<AgentId> removed;
};

Task<SyncResult> Registries::sync(std::string name, Requester requester) {
  return parts_.operations.run(run_sync(std::move(name), std::move(requester)));
}

Task<SyncOutcomes> Registries::sync_all(Requester requester) {
  SyncOutcomes outcomes;
  std::vector<std::string> names;
  for (const auto& registry : registries_) names.push_back(registry.name);
  for (auto& name : names) {
    auto task = sync(name, requester);
    auto result = co_await std::move(task);
    SyncOutcome outcome{.registry = std::move(name)};
    if (result) {
      outcome.result = std::move(*result);
    } else {
      const auto& error = result.error();
      outcome.code =
          error.name.empty() ? std::string(base::to_string(error.code)) : std::string(error.name);
      outcome.detail = error.detail;
    }
    outcomes.registries.push_back(std::move(outcome));
  }
  co_return outcomes;
}

Task<SyncResult> Registries::run_sync(std::string name, Requester requester) {
  const auto registry = idle(name);
  if (!registry) co_return Failure(registry.error());
  (*registry)->is_syncing = true;
  auto task = fetch_and_store(**registry, requester);
  auto result = co_await std::move(task);
  // A registry that is being synced is not removed; the vector may have moved, though.
  lookup(name)->is_syncing = false;
  if (!result) {
    auto error = as_registry_error(std::move(result.error()));
    auto failing = fail_sync(*lookup(name), error, requester);
    [[maybe_unused]] const auto recorded = co_await std::move(failing);
    announce(name, "failed", {{"code", error.name}, {"detail", error.detail}});
    co_return Failure(std::move(error));
  }
  announce(name, "finished",
           {{"added", result->added},
            {"changed", result->changed},
            {"removed", result->removed},
            {"invalid", result->invalid_count},
            {"commit", result->commit}});
  co_return std::move(*result);
}

Task<void> Registries::fail_sync(Registry registry, Error error, Requester requester) {
  registry.last_error = error.detail;
  auto event = registry_event("registry.sync_failed", registry.name, requester);
  event.severity = Severity::error;
  event.metadata = {{"url", registry.url.text()},
                    {"code", error.name},
                    {"detail", error.detail},
                    {"commit", registry.commit}};
  sql::Write write;
  write.calls.push_back(update_registry(registry));
  write.calls.push_back(audit_row(std::move(event), parts_.clock.now()));
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (auto* current = lookup(registry.name)) current->last_error = registry.last_error;
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

Task<SyncResult> Registries::fetch_and_store(Registry registry, Requester requester) {
  const auto started = parts_.clock.steady_now();
  auto start = registry_event("registry.sync_started", registry.name, requester);
  start.metadata = {{"url", registry.url.text()}, {"ref", registry.ref.text()}};
  sql::Write first;
  first.calls.push_back(audit_row(std::move(start), parts_.clock.now()));
  auto noting = parts_.database.write(std::move(first));
  const auto noted = co_await std::move(noting);
  if (!noted) co_return Failure(noted.error());
  announce(registry.name, "started");

  auto fetching = parts_.git.fetch(parts_.home.registry(registry.name), registry.url, registry.ref);
  const auto fetched = co_await std::move(fetching);
  if (!fetched) co_return Failure(fetched.error());
  SyncResult result{
      .registry = registry.name, .commit = fetched->text(), .previous_commit = registry.commit};
  registry.commit = fetched->text();
  auto reading = read_contents(registry, *fetched);
  const auto contents = co_await std::move(reading);
  if (!contents) co_return Failure(contents.error());
  auto comparing = compare(registry.name, *contents);
  const auto changes = co_await std::move(comparing);
  if (!changes) co_return Failure(changes.error());

  result.added = static_cast<std::int64_t>(changes->added.size());
  result.changed = static_cast<std::int64_t>(changes->changed.size());
  result.removed = static_cast<std::int64_t>(changes->removed.size());
  result.entries = static_cast<std::int64_t>(contents->entries.size());
  result.invalid_count = static_cast<std::int64_t>(contents->invalid.size());
  const auto shown = std::min(contents->invalid.size(), kShownProblems);
  result.invalid.assign(contents->invalid.begin(),
                        contents->invalid.begin() + static_cast<std::ptrdiff_t>(shown));
  registry.title = contents->title;
  registry.entries = result.entries;
  registry.last_error.clear();
  auto storing = store(registry, *contents, *changes);
  const auto stored = co_await std::move(storing);
  if (!stored) co_return Failure(stored.error());

  // Last, so that a sync which was cut off starts over.
  registry.synced_at = parts_.clock.now();
  auto end = registry_event("registry.synced", registry.name, requester);
  end.metadata = {{"url", registry.url.text()},
                  {"commit", result.commit},
                  {"added", result.added},
                  {"changed", result.changed},
                  {"removed", result.removed},
                  {"invalid", result.invalid_count},
                  {"previous_commit", result.previous_commit}};
  sql::Write last;
  last.calls.push_back(update_registry(registry));
  last.calls.push_back(audit_row(std::move(end), *registry.synced_at));
  auto ending = commit({}, std::move(last));
  const auto ended = co_await std::move(ending);
  if (!ended) co_return Failure(ended.error());
  *lookup(registry.name) = registry;
  const auto elapsed = parts_.clock.steady_now() - started;
  result.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
  co_return result;
}

Task<RegistryContents> Registries::read_contents(Registry registry, CommitId commit) {
  const auto mirror = parts_.home.registry(registry.name);
  auto listing = parts_.git.list(mirror, commit, ListingScope::registry);
  auto tree = co_await std::move(listing);
  if (!tree) co_return Failure(tree.error());
  auto plan = plan_reading(std::move(tree->entries), limits_);
  if (!plan) co_return Failure(plan.error());
  RegistryReader reader(registry.local, limits_);
  const auto total = plan->blobs.size();
  for (std::size_t next = 0; next < total;) {
    std::vector<TreeEntry> batch;
    std::uint64_t bytes = 0;
    while (next < total && (batch.empty() || bytes + plan->blobs[next].size <= kBatchBytes)) {
      bytes += plan->blobs[next].size;
      batch.push_back(plan->blobs[next++]);
    }
    auto reading = parts_.git.read(mirror, batch);
    auto blobs = co_await std::move(reading);
    if (!blobs) co_return Failure(blobs.error());
    auto parse = [&reader, batch = std::move(batch), blobs = std::move(*blobs)]() -> Result<void> {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (auto read = reader.read(batch[i].path, blobs[i]); !read) return read;
      }
      return {};
    };
    auto parsing = async::run_blocking(parts_.pool, std::move(parse));
    const auto parsed = co_await std::move(parsing);
    if (!parsed) co_return Failure(parsed.error());
    announce(registry.name, "reading", {{"read", next}, {"total", total}});
  }
  auto contents = reader.take();
  contents.invalid.insert(contents.invalid.begin(), std::make_move_iterator(plan->invalid.begin()),
                          std::make_move_iterator(plan->invalid.end()));
  co_return contents;
}

Task<Registries::Changes> Registries::compare(std::string registry,
                                              const RegistryContents& contents) {
  auto task = store_.entries_of(std::move(registry));
  const auto before = co_await std::move(task);
  if (!before) co_return Failure(before.error());
  std::unordered_map<AgentId, const std::string*> known;
  Changes changes;
  for (const auto& entry : *before) {
    known.emplace(entry.agent, &entry.text);
    if (!contents.entries.contains(entry.agent)) changes.removed.push_back(entry.agent);
  }
  for (const auto& [id, listed] : contents.entries) {
    const auto found = known.find(id);
    if (found == known.end()) {
      changes.added.push_back(id);
    } else if (*found->second != listed.text) {
      changes.changed.push_back(id);
    }
  }
  co_return changes;
}

Task<void> Registries::store(const Registry& registry, const RegistryContents& contents,
                             const Changes& changes) {
  auto reading = others_beside(registry.name);
  const auto others = co_await std::move(reading);
  if (!others) co_return Failure(others.error());
  std::vector<AgentId> all = changes.added;
  all.insert(all.end(), changes.changed.begin(), changes.changed.end());
  all.insert(all.end(), changes.removed.begin(), changes.removed.end());
  const auto now = parts_.clock.now();
  for (std::size_t next = 0; next < all.size();) {
    sql::Write write;
    const auto end = std::min(all.size(), next + kBatch);
    std::vector<AgentId> agents(all.begin() + static_cast<std::ptrdiff_t>(next),
                                all.begin() + static_cast<std::ptrdiff_t>(end));
    for (const auto& id : agents) {
      const auto listed = contents.entries.find(id);
      const bool is_listed = listed != contents.entries.end();
      write.calls.push_back(is_listed ? put_entry(registry.name, id, listed->second.text, now)
                                      : mark_entry_removed(registry.name, id));
      const auto* entry = is_listed ? &listed->second.entry : nullptr;
      write.calls.push_back(publication(id, &registry, entry, *others));
    }
    next = end;
    auto task = commit(std::move(agents), std::move(write));
    const auto committed = co_await std::move(task);
    if (!committed) co_return Failure(committed.error());
    announce(registry.name, "storing", {{"stored", next}, {"total", all.size()}});
  }
  co_return Result<void>{};
}

}  // namespace sovereign::core
