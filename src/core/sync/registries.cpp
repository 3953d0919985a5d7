#include "core/sync/registries.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/catalog/changes.hpp"
#include "core/errors.hpp"

namespace sovereign::core {
namespace {

/// Rows in one transaction, so that other writers come in between.
constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kBatchBytes = 4ULL << 20;
constexpr std::size_t kShownProblems = 200;

constexpr bool is_name(std::string_view name) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 64 || !is_word(name.front()) || !is_word(name.back())) {
    return false;
  }
  return std::ranges::all_of(name, [&](char c) { return is_word(c) || c == '-' || c == '_'; });
}

AuditEvent event_of(std::string_view type, const std::string& registry,
                    const Requester& requester) {
  AuditEvent event{.type = type, .actor = requester.actor};
  event.subject_type = "registry";
  event.subject_id = registry;
  event.correlation_id = requester.correlation_id;
  return event;
}

RemoteAgent remote_agent(const RegistryEntry& entry, const Registry& registry) {
  return {.id = entry.id,
          .name = entry.name,
          .description = entry.summary,
          .keywords = entry.keywords,
          .integration_points = entry.integration_points,
          .provenance = {.git_url = entry.url.text(),
                         .git_ref = entry.ref.text(),
                         .git_commit = {},
                         .git_tree = {},
                         .registry = registry.name,
                         .registry_commit = registry.commit,
                         .expected_manifest_hash = entry.expected_manifest_hash},
          .badge = {.verification_level = entry.verification_level,
                    .trust_score = entry.trust_score,
                    .is_deprecated = entry.is_deprecated,
                    .replacement_id = entry.replacement_id,
                    .publisher = entry.publisher}};
}

Failure not_found() {
  return fail(CoreCode::registry_not_found, "There is no registry of this name.");
}

Failure is_busy() {
  return fail(CoreCode::install_busy, "The registry is being synced; wait for its end.");
}

}  // namespace

/// What a sync found different from before.
struct Registries::Changes {
  std::vector<AgentId> added;
  std::vector<AgentId> changed;
  std::vector<AgentId> removed;
};

RegistryView view_of(const Registry& registry) {
  return {.name = registry.name,
          .url = registry.url.text(),
          .ref = registry.ref.text(),
          .allow_file = registry.local == LocalRepositories::allowed,
          .title = registry.title,
          .entries = registry.entries,
          .added_at = registry.added_at,
          .synced_at = registry.synced_at,
          .commit = registry.commit,
          .last_error = registry.last_error,
          .is_syncing = registry.is_syncing};
}

Result<void> Registries::load() {
  auto loaded = store_.load();
  if (!loaded) return Failure(std::move(loaded.error()));
  registries_ = std::move(*loaded);
  return {};
}

Registry* Registries::lookup(std::string_view name) {
  const auto found = std::ranges::find(registries_, name, &Registry::name);
  return found == registries_.end() ? nullptr : &*found;
}

std::size_t Registries::rank_of(std::string_view name) const {
  const auto found = std::ranges::find(registries_, name, &Registry::name);
  return static_cast<std::size_t>(found - registries_.begin());
}

void Registries::announce(const std::string& registry, std::string_view state,
                          json::Object data) const {
  data["state"] = state;
  parts_.publish("registry.sync", registry, std::move(data));
}

Task<void> Registries::commit(std::vector<AgentId> agents, sql::Write write) {
  auto task = parts_.catalog.commit(std::move(agents), std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (!*written) {
    co_return fail(CoreCode::registry_sync_failed, "The registry was removed meanwhile.");
  }
  co_return Result<void>{};
}

Task<Registry> Registries::add(NewRegistry request, Requester requester) {
  if (!is_name(request.name)) {
    co_return base::fail_field("/name", "pattern",
                               "This must be 1 to 64 of a-z 0-9 _ -, between letters or digits.");
  }
  const auto local = request.allow_file ? LocalRepositories::allowed : LocalRepositories::refused;
  auto url = GitUrl::parse(request.url, local);
  if (!url) co_return Failure(url.error());
  auto ref = request.ref ? GitRef::parse(*request.ref) : Result<GitRef>(GitRef::head());
  if (!ref) co_return Failure(ref.error());
  if (lookup(request.name) != nullptr) {
    co_return fail(CoreCode::registry_exists, "A registry of this name exists already.");
  }
  if (registries_.size() >= kMaxRegistries) {
    co_return base::fail(ErrorCode::conflict, "There are as many registries as there may be: 32.");
  }
  Registry registry{.name = std::move(request.name),
                    .url = std::move(*url),
                    .ref = std::move(*ref),
                    .local = local,
                    .added_at = parts_.clock.now()};
  auto event = event_of("registry.added", registry.name, requester);
  event.metadata = {{"url", registry.url.text()},
                    {"ref", registry.ref.text()},
                    {"allow_file", local == LocalRepositories::allowed}};
  sql::Write write;
  write.calls.push_back(insert_registry(registry));
  write.calls.push_back(audit_row(std::move(event), registry.added_at));
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (!*written) {
    co_return fail(CoreCode::registry_exists, "A registry of this name exists already.");
  }
  registries_.push_back(registry);
  announce(registry.name, "added");
  co_return registry;
}

sql::Call Registries::publication(const AgentId& id, const Registry* own,
                                  const RegistryEntry* entry, const Others& others) const {
  const auto now = parts_.clock.now();
  const auto other = others.find(id);
  const bool has_other = other != others.end();
  if (entry != nullptr && (!has_other || rank_of(own->name) < rank_of(other->second.registry))) {
    return upsert_remote(remote_agent(*entry, *own), now);
  }
  if (has_other) {
    const auto& registry = registries_[rank_of(other->second.registry)];
    const auto read = read_registry_entry(id.text(), other->second.text, registry.local);
    if (read) return upsert_remote(remote_agent(*read, registry), now);
  }
  return forget_entry(id);
}

Task<Registries::Others> Registries::others_beside(std::string registry) {
  auto task = store_.entries_beside(registry);
  auto entries = co_await std::move(task);
  if (!entries) co_return Failure(std::move(entries.error()));
  Others others;
  for (auto& entry : *entries) {
    const auto [at, is_new] = others.try_emplace(entry.agent, entry);
    if (!is_new && rank_of(entry.registry) < rank_of(at->second.registry)) at->second = entry;
  }
  co_return others;
}

Task<void> Registries::remove(std::string name, Requester requester) {
  const auto* registry = lookup(name);
  if (registry == nullptr) co_return not_found();
  if (registry->is_syncing) co_return is_busy();
  auto reading = store_.entries_of(name);
  const auto entries = co_await std::move(reading);
  if (!entries) co_return Failure(entries.error());
  auto reading_others = others_beside(name);
  const auto others = co_await std::move(reading_others);
  if (!others) co_return Failure(others.error());

  sql::Write write;
  std::vector<AgentId> agents;
  write.calls.push_back(delete_registry(name));
  for (const auto& entry : *entries) {
    write.calls.push_back(publication(entry.agent, nullptr, nullptr, *others));
    agents.push_back(entry.agent);
  }
  auto event = event_of("registry.removed", name, requester);
  event.metadata = {{"entries", entries->size()}};
  write.calls.push_back(audit_row(std::move(event), parts_.clock.now()));
  auto task = commit(std::move(agents), std::move(write));
  const auto committed = co_await std::move(task);
  if (!committed) co_return Failure(committed.error());
  std::erase_if(registries_, [&](const Registry& other) { return other.name == name; });
  announce(name, "removed");

  auto clear = [mirror = parts_.home.registry(name)]() -> Result<void> {
    std::error_code ignored;
    std::filesystem::remove_all(mirror, ignored);
    return {};
  };
  auto clearing = async::run_blocking(parts_.pool, std::move(clear));
  co_return co_await std::move(clearing);
}

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
  auto* registry = lookup(name);
  if (registry == nullptr) co_return not_found();
  if (registry->is_syncing) co_return is_busy();
  registry->is_syncing = true;
  auto task = fetch_and_store(*registry, requester);
  auto result = co_await std::move(task);
  // A registry that is being synced is not removed; the vector may have moved, though.
  lookup(name)->is_syncing = false;
  if (!result) {
    auto failing = fail_sync(*lookup(name), result.error(), requester);
    [[maybe_unused]] const auto recorded = co_await std::move(failing);
    announce(name, "failed", {{"code", result.error().name}, {"detail", result.error().detail}});
    co_return Failure(std::move(result.error()));
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
  auto event = event_of("registry.sync_failed", registry.name, requester);
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
  auto start = event_of("registry.sync_started", registry.name, requester);
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
  auto end = event_of("registry.synced", registry.name, requester);
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

Task<ListedAgent> Registries::find(AgentId agent, std::optional<std::string> registry) {
  if (registry && lookup(*registry) == nullptr) co_return not_found();
  auto task = store_.entries_about(agent);
  auto entries = co_await std::move(task);
  if (!entries) co_return Failure(std::move(entries.error()));
  std::erase_if(*entries, [&](const StoredEntry& entry) {
    return rank_of(entry.registry) == registries_.size() ||
           (registry && entry.registry != *registry);
  });
  const auto rank = [this](const StoredEntry& entry) { return rank_of(entry.registry); };
  const auto best = std::ranges::min_element(*entries, {}, rank);
  if (best == entries->end()) {
    co_return fail(CoreCode::agent_not_found, "No registry lists an agent of this id.");
  }
  const auto& source = registries_[rank(*best)];
  auto entry = read_registry_entry(agent.text(), best->text, source.local);
  if (!entry) co_return fail(CoreCode::registry_invalid_entry, std::move(entry.error().detail));
  co_return ListedAgent{source.name, source.commit, source.local, std::move(*entry)};
}

}  // namespace sovereign::core
