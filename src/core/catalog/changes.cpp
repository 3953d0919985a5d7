#include "core/catalog/changes.hpp"

#include <algorithm>
#include <utility>

#include "core/catalog/row_text.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kMaxErrorBytes = 1000;

#define LOCAL_COLUMNS                                                                          \
  "INSERT INTO agents (agent_id, origin, name, version, description, keywords, "               \
  "integration_points, capabilities, permissions, manifest_hash, permissions_hash, problems, " \
  "is_runnable, manifest_path, git_url, git_ref, git_commit, git_tree, install_state, "        \
  "install_path, registry, registry_commit, expected_manifest_hash, discovered_at, "           \
  "last_seen_at) "

// What a manifest says, as an update; git_* of a local folder with it.
#define MANIFEST_UPDATES                                                                         \
  "origin = excluded.origin, name = excluded.name, version = excluded.version, description = "   \
  "excluded.description, keywords = excluded.keywords, integration_points = "                    \
  "excluded.integration_points, capabilities = excluded.capabilities, permissions = "            \
  "excluded.permissions, manifest_hash = excluded.manifest_hash, permissions_hash = "            \
  "excluded.permissions_hash, problems = excluded.problems, is_runnable = "                      \
  "excluded.is_runnable, manifest_path = excluded.manifest_path, git_url = excluded.git_url, "   \
  "git_ref = excluded.git_ref, git_commit = excluded.git_commit, git_tree = excluded.git_tree, " \
  "is_gone = 0, last_seen_at = excluded.last_seen_at"

constexpr sql::Statement kUpsertLocal{
    "agents.upsert_local", LOCAL_COLUMNS
    "VALUES ($1, 'local_dev', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, 'none', '', '', '', '', $18, $18) ON CONFLICT (agent_id) DO UPDATE SET " MANIFEST_UPDATES
    " WHERE agents.origin <> 'installed' AND (agents.manifest_path = '' OR agents.is_gone = 1 OR "
    "agents.manifest_path = excluded.manifest_path)"};

constexpr sql::Statement kReplaceLocal{
    "agents.replace_local", LOCAL_COLUMNS
    "VALUES ($1, 'local_dev', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, 'none', '', '', '', '', $18, $18) ON CONFLICT (agent_id) DO UPDATE SET " MANIFEST_UPDATES
    " WHERE agents.origin <> 'installed'"};

constexpr sql::Statement kUpsertInstalled{
    "agents.upsert_installed", LOCAL_COLUMNS
    "VALUES ($1, 'installed', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, 'fetched', $19, $20, $21, $22, $18, $18) ON CONFLICT (agent_id) DO UPDATE "
    "SET " MANIFEST_UPDATES
    ", install_state = 'fetched', build_state = 'not_built', built_at = NULL, pending = '', "
    "last_error = '', install_path = excluded.install_path, registry = excluded.registry, "
    "registry_commit = excluded.registry_commit, expected_manifest_hash = "
    "excluded.expected_manifest_hash"};

#undef LOCAL_COLUMNS
#undef MANIFEST_UPDATES

constexpr sql::Statement kShadowLocal{
    "shadowed_agents.add_local",
    "INSERT INTO shadowed_agents (manifest_path, agent_id, manifest_hash, seen_at) SELECT "
    "manifest_path, agent_id, manifest_hash, last_seen_at FROM agents WHERE agent_id = $1 AND "
    "origin = 'local_dev' AND manifest_path <> '' ON CONFLICT (manifest_path) DO NOTHING"};

// What the registry says is always taken; names and the source only where no manifest is.
#define REMOTE_OR_OWN(column)                                                        \
  #column " = CASE WHEN agents.origin = 'registry_available' THEN excluded." #column \
          " ELSE agents." #column " END, "

constexpr sql::Statement kUpsertRemote{
    "agents.upsert_remote",
    "INSERT INTO agents (agent_id, origin, name, description, keywords, integration_points, "
    "git_url, git_ref, registry, registry_commit, expected_manifest_hash, verification_level, "
    "trust_score, is_deprecated, replacement_id, publisher, discovered_at, last_seen_at) VALUES "
    "($1, 'registry_available', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
    "$16, $16) ON CONFLICT (agent_id) DO UPDATE SET " REMOTE_OR_OWN(name) REMOTE_OR_OWN(
        description) REMOTE_OR_OWN(keywords) REMOTE_OR_OWN(integration_points)
        REMOTE_OR_OWN(git_url) REMOTE_OR_OWN(git_ref) REMOTE_OR_OWN(expected_manifest_hash)
            REMOTE_OR_OWN(registry_commit)
    "registry = excluded.registry, verification_level = excluded.verification_level, trust_score "
    "= excluded.trust_score, is_deprecated = excluded.is_deprecated, replacement_id = "
    "excluded.replacement_id, publisher = excluded.publisher, is_gone = 0, last_seen_at = "
    "excluded.last_seen_at"};

#undef REMOTE_OR_OWN

constexpr sql::Statement kSetInstall{"agents.set_install",
                                     "UPDATE agents SET install_state = $2 WHERE agent_id = $1"};

constexpr sql::Statement kSetBuild{
    "agents.set_build", "UPDATE agents SET build_state = $2, built_at = $3 WHERE agent_id = $1"};

constexpr sql::Statement kSetError{"agents.set_error",
                                   "UPDATE agents SET last_error = $2 WHERE agent_id = $1"};

constexpr sql::Statement kSetPending{"agents.set_pending",
                                     "UPDATE agents SET pending = $2 WHERE agent_id = $1"};

#define NO_MANIFEST                                                                     \
  "manifest_path = '', manifest_hash = '', permissions_hash = '', permissions = '[]', " \
  "problems = '[]', is_runnable = 0, git_commit = '', git_tree = '', origin = "         \
  "'registry_available', is_gone = CASE WHEN registry = '' OR is_gone = 1 THEN 1 ELSE 0 END "

constexpr sql::Statement kSetUninstalled{
    "agents.set_uninstalled",
    "UPDATE agents SET install_state = 'none', build_state = 'not_built', built_at = NULL, "
    "install_path = '', pending = '', last_error = '', " NO_MANIFEST "WHERE agent_id = $1"};

constexpr sql::Statement kForgetFolder{"agents.forget_folder",
                                       "UPDATE agents SET " NO_MANIFEST
                                       "WHERE agent_id = $1 AND origin = 'local_dev'"};

#undef NO_MANIFEST

constexpr sql::Statement kForgetEntry{
    "agents.forget_entry",
    "UPDATE agents SET is_gone = CASE WHEN origin = 'local_dev' THEN 0 ELSE 1 END, registry = CASE "
    "WHEN origin = 'local_dev' THEN '' ELSE registry END WHERE agent_id = $1"};

constexpr sql::Statement kSetBroken{
    "agents.set_broken",
    "UPDATE agents SET manifest_hash = $2, permissions_hash = '', permissions = '[]', problems = "
    "$3, is_runnable = 0 WHERE agent_id = $1"};

constexpr sql::Statement kAddShadowed{
    "shadowed_agents.add",
    "INSERT INTO shadowed_agents (manifest_path, agent_id, manifest_hash, seen_at) VALUES ($1, "
    "$2, $3, $4) ON CONFLICT (manifest_path) DO UPDATE SET agent_id = excluded.agent_id, "
    "manifest_hash = excluded.manifest_hash, seen_at = excluded.seen_at"};

constexpr sql::Statement kRemoveShadowed{"shadowed_agents.remove",
                                         "DELETE FROM shadowed_agents WHERE manifest_path = $1"};

std::int64_t micros(base::Timestamp time) { return time.time_since_epoch().count(); }

/// $1 to $18 of the statements about manifests.
std::vector<sql::Value> manifest_parameters(const AgentId& id, const ManifestReading& reading,
                                            const std::string& path, const Provenance& provenance,
                                            base::Timestamp now) {
  const auto& manifest = reading.manifest;
  return {id.text(),
          manifest.name,
          manifest.version,
          manifest.description,
          to_row_text(manifest.keywords),
          to_row_text(manifest.integration_points),
          to_row_text(manifest.capabilities),
          to_row_text(manifest.permissions),
          reading.hash,
          reading.permissions_hash,
          to_row_text(reading.problems),
          std::int64_t{reading.is_runnable},
          path,
          provenance.git_url,
          provenance.git_ref,
          provenance.git_commit,
          provenance.git_tree,
          micros(now)};
}

sql::Call local_call(const sql::Statement& statement, const LocalAgent& agent,
                     base::Timestamp now) {
  return {statement, manifest_parameters(agent.id, agent.manifest, agent.manifest_path,
                                         agent.provenance, now)};
}

/// One line, cut at a character.
std::string one_line(std::string_view message) {
  std::string line(message.substr(0, kMaxErrorBytes));
  if (line.size() < message.size()) {
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0U) == 0x80U) {
      line.pop_back();
    }
    if (!line.empty()) line.pop_back();
  }
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace

sql::Call upsert_local(const LocalAgent& agent, base::Timestamp now) {
  return local_call(kUpsertLocal, agent, now);
}

sql::Call replace_local(const LocalAgent& agent, base::Timestamp now) {
  return local_call(kReplaceLocal, agent, now);
}

sql::Call upsert_remote(const RemoteAgent& agent, base::Timestamp now) {
  const auto& [id, name, description, keywords, integration_points, provenance, badge] = agent;
  const auto score = badge.trust_score ? sql::Value(*badge.trust_score) : sql::Value();
  return {kUpsertRemote,
          {id.text(), name, description, to_row_text(keywords), to_row_text(integration_points),
           provenance.git_url, provenance.git_ref, provenance.registry, provenance.registry_commit,
           provenance.expected_manifest_hash, std::int64_t{badge.verification_level}, score,
           std::int64_t{badge.is_deprecated}, badge.replacement_id, badge.publisher, micros(now)}};
}

std::vector<sql::Call> set_installed(const InstalledAgent& agent, base::Timestamp now) {
  auto parameters =
      manifest_parameters(agent.id, agent.manifest, agent.manifest_path, agent.provenance, now);
  for (const auto* text :
       {&agent.install_path, &agent.provenance.registry, &agent.provenance.registry_commit,
        &agent.provenance.expected_manifest_hash}) {
    parameters.emplace_back(*text);
  }
  std::vector<sql::Call> calls;
  calls.push_back({kShadowLocal, {agent.id.text()}});
  calls.push_back({kUpsertInstalled, std::move(parameters), sql::Expect::one_row});
  return calls;
}

sql::Call set_uninstalled(const AgentId& agent) {
  return {kSetUninstalled, {agent.text()}, sql::Expect::one_row};
}

sql::Call set_install(const AgentId& agent, InstallState state) {
  return {kSetInstall, {agent.text(), std::string(to_string(state))}, sql::Expect::one_row};
}

sql::Call set_build(const AgentId& agent, BuildState state,
                    std::optional<base::Timestamp> built_at) {
  const auto time = built_at ? sql::Value(micros(*built_at)) : sql::Value();
  return {kSetBuild, {agent.text(), std::string(to_string(state)), time}, sql::Expect::one_row};
}

sql::Call set_error(const AgentId& agent, std::string_view message) {
  return {kSetError, {agent.text(), one_line(message)}};
}

sql::Call set_pending(const AgentId& agent, const std::optional<PendingUpdate>& pending) {
  return {kSetPending, {agent.text(), to_row_text(pending)}, sql::Expect::one_row};
}

sql::Call forget_folder(const AgentId& agent) { return {kForgetFolder, {agent.text()}}; }

sql::Call forget_entry(const AgentId& agent) { return {kForgetEntry, {agent.text()}}; }

sql::Call set_broken(const AgentId& agent, const std::string& hash,
                     const ManifestProblem& problem) {
  return {kSetBroken, {agent.text(), hash, to_row_text(std::vector{problem})}};
}

sql::Call add_shadowed(const AgentId& agent, const ShadowedCopy& copy, base::Timestamp now) {
  return {kAddShadowed, {copy.manifest_path, agent.text(), copy.manifest_hash, micros(now)}};
}

sql::Call remove_shadowed(const std::string& manifest_path) {
  return {kRemoveShadowed, {manifest_path}};
}

}  // namespace sovereign::core
