#include "core/sync/registry_store.hpp"

#include <utility>

namespace sovereign::core {
namespace {

constexpr sql::Statement kLoad{
    "registries.load",
    "SELECT name, url, git_ref, allows_files, title, added_at, synced_at, git_commit, last_error, "
    "(SELECT count(*) FROM registry_entries e WHERE e.registry = r.name AND e.is_removed = 0) "
    "FROM registries r ORDER BY added_at, name"};

constexpr sql::Statement kInsert{
    "registries.insert",
    "INSERT INTO registries (name, url, git_ref, allows_files, added_at) VALUES ($1, $2, $3, $4, "
    "$5)"};

constexpr sql::Statement kDelete{"registries.delete", "DELETE FROM registries WHERE name = $1"};

constexpr sql::Statement kUpdate{
    "registries.update",
    "UPDATE registries SET title = $1, synced_at = $2, git_commit = $3, last_error = $4 "
    "WHERE name = $5"};

constexpr sql::Statement kPutEntry{
    "registry_entries.put",
    "INSERT INTO registry_entries (registry, agent_id, entry, is_removed, seen_at) VALUES ($1, $2, "
    "$3, 0, $4) ON CONFLICT (registry, agent_id) DO UPDATE SET entry = excluded.entry, "
    "is_removed = 0, seen_at = excluded.seen_at"};

constexpr sql::Statement kRemoveEntry{
    "registry_entries.remove",
    "UPDATE registry_entries SET is_removed = 1 WHERE registry = $1 AND agent_id = $2"};

constexpr sql::Statement kEntriesOf{"registry_entries.of",
                                    "SELECT registry, agent_id, entry FROM registry_entries WHERE "
                                    "registry = $1 AND is_removed = 0"};

constexpr sql::Statement kEntriesBeside{
    "registry_entries.beside",
    "SELECT registry, agent_id, entry FROM registry_entries WHERE registry <> $1 AND is_removed = "
    "0"};

constexpr sql::Statement kEntriesAbout{
    "registry_entries.about",
    "SELECT registry, agent_id, entry FROM registry_entries WHERE agent_id = $1 AND is_removed = "
    "0"};

std::int64_t microseconds(base::Timestamp time) { return time.time_since_epoch().count(); }

base::Timestamp timestamp(const sql::Value& value) {
  return base::Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

/// What was parsed before it was stored; nullopt only for a row that somebody edited.
std::optional<Registry> read_registry(std::span<const sql::Value> row) {
  const auto local =
      sql::integer(row[3]) != 0 ? LocalRepositories::allowed : LocalRepositories::refused;
  auto url = GitUrl::parse(sql::text(row[1]), local);
  auto ref = GitRef::parse(sql::text(row[2]));
  if (!url || !ref) return std::nullopt;
  Registry registry{.name = sql::text(row[0]),
                    .url = std::move(*url),
                    .ref = std::move(*ref),
                    .local = local,
                    .title = sql::text(row[4]),
                    .added_at = timestamp(row[5]),
                    .commit = sql::text(row[7]),
                    .last_error = sql::text(row[8]),
                    .entries = sql::integer(row[9])};
  if (!sql::is_null(row[6])) registry.synced_at = timestamp(row[6]);
  return registry;
}

}  // namespace

sql::Call insert_registry(const Registry& registry) {
  const std::int64_t allows_files = registry.local == LocalRepositories::allowed ? 1 : 0;
  return {kInsert,
          {registry.name, registry.url.text(), registry.ref.text(), allows_files,
           microseconds(registry.added_at)}};
}

sql::Call delete_registry(const std::string& name) { return {kDelete, {name}}; }

sql::Call update_registry(const Registry& registry) {
  sql::Value synced_at;
  if (registry.synced_at) synced_at = microseconds(*registry.synced_at);
  return {kUpdate,
          {registry.title, synced_at, registry.commit, registry.last_error, registry.name},
          sql::Expect::one_row};
}

sql::Call put_entry(const std::string& registry, const AgentId& agent, const std::string& text,
                    base::Timestamp now) {
  return {kPutEntry, {registry, agent.text(), text, microseconds(now)}};
}

sql::Call mark_entry_removed(const std::string& registry, const AgentId& agent) {
  return {kRemoveEntry, {registry, agent.text()}};
}

Result<std::vector<Registry>> RegistryStore::load() {
  std::vector<Registry> registries;
  auto scanned = database_.scan({kLoad, {}}, [&](std::span<const sql::Value> row) {
    if (auto registry = read_registry(row)) registries.push_back(std::move(*registry));
    return true;
  });
  if (!scanned) return Failure(std::move(scanned.error()));
  return registries;
}

Task<std::vector<StoredEntry>> RegistryStore::entries(sql::Call call) {
  auto task = database_.read(std::move(call));
  auto rows = co_await std::move(task);
  if (!rows) co_return Failure(std::move(rows.error()));
  std::vector<StoredEntry> entries;
  for (auto& row : rows->rows) {
    auto agent = AgentId::parse(sql::text(row[1]));
    if (!agent) continue;
    entries.push_back({sql::text(row[0]), std::move(*agent), sql::text(row[2])});
  }
  co_return entries;
}

Task<std::vector<StoredEntry>> RegistryStore::entries_of(std::string registry) {
  return entries({kEntriesOf, {std::move(registry)}});
}

Task<std::vector<StoredEntry>> RegistryStore::entries_beside(std::string registry) {
  return entries({kEntriesBeside, {std::move(registry)}});
}

Task<std::vector<StoredEntry>> RegistryStore::entries_about(AgentId agent) {
  return entries({kEntriesAbout, {agent.text()}});
}

}  // namespace sovereign::core
