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

constexpr bool is_name(std::string_view name) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > 64 || !is_word(name.front()) || !is_word(name.back())) {
    return false;
  }
  return std::ranges::all_of(name, [&](char c) { return is_word(c) || c == '-' || c == '_'; });
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

}  // namespace

AuditEvent registry_event(std::string_view type, const std::string& registry,
                          const Requester& requester) {
  AuditEvent event{.type = type, .actor = requester.actor};
  event.subject_type = "registry";
  event.subject_id = registry;
  event.correlation_id = requester.correlation_id;
  return event;
}

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

Result<Registry*> Registries::idle(std::string_view name) {
  auto* registry = lookup(name);
  if (registry == nullptr) return not_found();
  if (registry->is_syncing) {
    return fail(CoreCode::install_busy, "The registry is being synced; wait for its end.");
  }
  return registry;
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
  auto event = registry_event("registry.added", registry.name, requester);
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
  const auto registry = idle(name);
  if (!registry) co_return Failure(registry.error());
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
  auto event = registry_event("registry.removed", name, requester);
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
