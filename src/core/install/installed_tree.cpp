#include "core/install/installed_tree.hpp"

#include <boost/json/serialize.hpp>

#include <span>
#include <utility>

#include "core/install/tree_rules.hpp"
#include "json/parse.hpp"

namespace sovereign::core {
namespace {

#define TREE_COLUMNS                                                                             \
  "agent_id, git_commit, git_tree, git_url, git_ref, registry, registry_commit, "                \
  "expected_manifest_hash, manifest_path, manifest_hash, source_hash, path, role, build_state, " \
  "build_hash, warnings, fetched_at, built_at"

constexpr sql::Statement kPut{
    "install_trees.put",
    "INSERT INTO install_trees (" TREE_COLUMNS
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
    "ON CONFLICT (agent_id, git_commit) DO UPDATE SET git_url = excluded.git_url, git_ref = "
    "excluded.git_ref, registry = excluded.registry, registry_commit = excluded.registry_commit, "
    "expected_manifest_hash = excluded.expected_manifest_hash, manifest_path = "
    "excluded.manifest_path, manifest_hash = excluded.manifest_hash, source_hash = "
    "excluded.source_hash, path = excluded.path, role = excluded.role, build_state = "
    "excluded.build_state, build_hash = excluded.build_hash, warnings = excluded.warnings, "
    "fetched_at = excluded.fetched_at, built_at = excluded.built_at"};

constexpr sql::Statement kDeleteRole{"install_trees.delete_role",
                                     "DELETE FROM install_trees WHERE agent_id = $1 AND role = $2"};

constexpr sql::Statement kSetRole{
    "install_trees.set_role",
    "UPDATE install_trees SET role = $1 WHERE agent_id = $2 AND git_commit = $3"};

constexpr sql::Statement kSetBuild{
    "install_trees.set_build",
    "UPDATE install_trees SET build_state = $1, build_hash = $2, source_hash = $3, built_at = $4 "
    "WHERE agent_id = $5 AND git_commit = $6"};

constexpr sql::Statement kDeleteAll{"install_trees.delete_all",
                                    "DELETE FROM install_trees WHERE agent_id = $1"};

constexpr sql::Statement kOfAgent{"install_trees.of_agent",
                                  "SELECT " TREE_COLUMNS " FROM install_trees WHERE agent_id = $1"};

constexpr sql::Statement kLoad{"install_trees.load", "SELECT " TREE_COLUMNS " FROM install_trees"};

std::int64_t microseconds(base::Timestamp time) { return time.time_since_epoch().count(); }

base::Timestamp timestamp(const sql::Value& value) {
  return base::Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

sql::Value optional_time(const std::optional<base::Timestamp>& time) {
  return time ? sql::Value(microseconds(*time)) : sql::Value();
}

std::string as_json(const std::vector<std::string>& texts) {
  json::Array items(texts.begin(), texts.end());
  return boost::json::serialize(items);
}

std::vector<std::string> from_json(std::string_view text) {
  std::vector<std::string> texts;
  const auto document = json::parse(text);
  const auto* items = document ? document->if_array() : nullptr;
  if (items == nullptr) return texts;
  for (const auto& item : *items) {
    if (item.is_string()) texts.emplace_back(std::string_view(item.get_string()));
  }
  return texts;
}

std::optional<TreeRole> parse_role(std::string_view name) {
  for (const auto role : {TreeRole::current, TreeRole::previous, TreeRole::pending}) {
    if (to_string(role) == name) return role;
  }
  return std::nullopt;
}

/// Nothing only for a row that somebody edited.
std::optional<InstalledTree> read_tree(std::span<const sql::Value> row) {
  auto agent = AgentId::parse(sql::text(row[0]));
  const auto role = parse_role(sql::text(row[12]));
  const auto build = parse_state<BuildState>(sql::text(row[13]));
  if (!agent || !role || !build) return std::nullopt;
  InstalledTree tree{.agent = std::move(*agent),
                     .role = *role,
                     .provenance = {.git_url = sql::text(row[3]),
                                    .git_ref = sql::text(row[4]),
                                    .git_commit = sql::text(row[1]),
                                    .git_tree = sql::text(row[2]),
                                    .registry = sql::text(row[5]),
                                    .registry_commit = sql::text(row[6]),
                                    .expected_manifest_hash = sql::text(row[7])},
                     .path = sql::text(row[11]),
                     .manifest_path = sql::text(row[8]),
                     .manifest_hash = sql::text(row[9]),
                     .source_hash = sql::text(row[10]),
                     .build = *build,
                     .build_hash = sql::text(row[14]),
                     .warnings = from_json(sql::text(row[15])),
                     .fetched_at = timestamp(row[16])};
  if (!sql::is_null(row[17])) tree.built_at = timestamp(row[17]);
  return tree;
}

}  // namespace

std::string_view to_string(TreeRole role) {
  switch (role) {
    case TreeRole::current: return "current";
    case TreeRole::previous: return "previous";
    case TreeRole::pending: return "pending";
  }
  return {};
}

std::string InstalledTree::project_folder() const {
  const auto folder = folder_of(manifest_path);
  return folder.empty() ? path : path + "/" + std::string(folder);
}

sql::Call put_tree(const InstalledTree& tree) {
  const auto& from = tree.provenance;
  return {kPut,
          {tree.agent.text(), from.git_commit, from.git_tree, from.git_url, from.git_ref,
           from.registry, from.registry_commit, from.expected_manifest_hash, tree.manifest_path,
           tree.manifest_hash, tree.source_hash, tree.path, std::string(to_string(tree.role)),
           std::string(to_string(tree.build)), tree.build_hash, as_json(tree.warnings),
           microseconds(tree.fetched_at), optional_time(tree.built_at)}};
}

sql::Call delete_tree_of_role(const AgentId& agent, TreeRole role) {
  return {kDeleteRole, {agent.text(), std::string(to_string(role))}};
}

sql::Call set_tree_role(const AgentId& agent, const std::string& commit, TreeRole role) {
  return {kSetRole, {std::string(to_string(role)), agent.text(), commit}, sql::Expect::one_row};
}

sql::Call set_tree_build(const InstalledTree& tree) {
  return {kSetBuild,
          {std::string(to_string(tree.build)), tree.build_hash, tree.source_hash,
           optional_time(tree.built_at), tree.agent.text(), tree.commit()},
          sql::Expect::one_row};
}

sql::Call delete_trees(const AgentId& agent) { return {kDeleteAll, {agent.text()}}; }

Task<TreeSet> TreeStore::trees_of(AgentId agent) {
  auto task = database_.read({kOfAgent, {agent.text()}});
  const auto rows = co_await std::move(task);
  if (!rows) co_return Failure(rows.error());
  TreeSet trees;
  for (const auto& row : rows->rows) {
    auto tree = read_tree(row);
    if (!tree) continue;
    switch (tree->role) {
      case TreeRole::current: trees.current = std::move(tree); break;
      case TreeRole::previous: trees.previous = std::move(tree); break;
      case TreeRole::pending: trees.pending = std::move(tree); break;
    }
  }
  co_return trees;
}

Result<std::vector<InstalledTree>> TreeStore::load() {
  std::vector<InstalledTree> trees;
  auto scanned = database_.scan({kLoad, {}}, [&](std::span<const sql::Value> row) {
    if (auto tree = read_tree(row)) trees.push_back(std::move(*tree));
    return true;
  });
  if (!scanned) return Failure(std::move(scanned.error()));
  return trees;
}

}  // namespace sovereign::core
