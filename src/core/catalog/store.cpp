#include "core/catalog/store.hpp"

#include <span>
#include <unordered_map>
#include <utility>

#include "core/catalog/row_text.hpp"

namespace sovereign::core {
namespace {

// In the order of Column.
#define AGENT_COLUMNS                                                                           \
  "agent_id, origin, name, version, description, keywords, integration_points, capabilities, "  \
  "permissions, manifest_path, manifest_hash, permissions_hash, problems, is_runnable, "        \
  "git_url, git_ref, git_commit, git_tree, registry, registry_commit, expected_manifest_hash, " \
  "verification_level, trust_score, is_deprecated, replacement_id, publisher, install_state, "  \
  "build_state, install_path, built_at, last_error, pending, is_gone, discovered_at, last_seen_at"

constexpr sql::Statement kScan{"agents.scan", "SELECT " AGENT_COLUMNS " FROM agents"};

constexpr sql::Statement kRead{"agents.read", "SELECT " AGENT_COLUMNS
                                              " FROM agents WHERE agent_id IN (SELECT value FROM "
                                              "json_each($1))"};

#undef AGENT_COLUMNS

constexpr sql::Statement kScanShadowed{
    "shadowed_agents.scan",
    "SELECT agent_id, manifest_path, manifest_hash FROM shadowed_agents ORDER BY manifest_path"};

constexpr sql::Statement kReadShadowed{
    "shadowed_agents.read",
    "SELECT agent_id, manifest_path, manifest_hash FROM shadowed_agents WHERE agent_id IN "
    "(SELECT value FROM json_each($1)) ORDER BY manifest_path"};

Failure unreadable(std::string_view context) {
  return base::fail(ErrorCode::internal, "A stored agent cannot be read.", std::string(context));
}

base::Timestamp time_of(const sql::Value& value) {
  return base::Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

/// Takes the columns of a row one after the other.
class Columns {
 public:
  explicit Columns(std::span<const sql::Value> row) : row_(row) {}

  const std::string& text() { return sql::text(row_[at_++]); }
  bool flag() { return sql::integer(row_[at_++]) != 0; }
  std::int64_t integer() { return sql::integer(row_[at_++]); }
  base::Timestamp time() { return time_of(row_[at_++]); }
  std::optional<base::Timestamp> optional_time() {
    const auto& value = row_[at_++];
    return sql::is_null(value) ? std::nullopt : std::optional(time_of(value));
  }
  std::optional<double> optional_number() {
    const auto& value = row_[at_++];
    return sql::is_null(value) ? std::nullopt : std::optional(sql::real(value));
  }
  template <typename State>
  void state(State& into) {
    keep(parse_state<State>(text()), into);
  }
  void strings(std::vector<std::string>& into) { keep(strings_from_row(text()), into); }
  void problems(std::vector<ManifestProblem>& into) { keep(problems_from_row(text()), into); }
  void pending(std::optional<PendingUpdate>& into) { keep(pending_from_row(text()), into); }

  /// Whether every value was one that we write.
  bool is_valid() const { return is_valid_; }

 private:
  template <typename Outcome, typename T>
  void keep(Outcome outcome, T& into) {
    if (outcome) {
      into = std::move(*outcome);
    } else {
      is_valid_ = false;
    }
  }

  std::span<const sql::Value> row_;
  std::size_t at_ = 0;
  bool is_valid_ = true;
};

void take_manifest(Columns& columns, AgentRecord& record) {
  columns.state(record.origin);
  record.name = columns.text();
  record.version = columns.text();
  record.description = columns.text();
  columns.strings(record.keywords);
  columns.strings(record.integration_points);
  columns.strings(record.capabilities);
  columns.strings(record.permissions);
  record.manifest_path = columns.text();
  record.manifest_hash = columns.text();
  record.permissions_hash = columns.text();
  columns.problems(record.problems);
  record.is_runnable = columns.flag();
}

void take_source(Columns& columns, AgentRecord& record) {
  auto& provenance = record.provenance;
  for (auto* text :
       {&provenance.git_url, &provenance.git_ref, &provenance.git_commit, &provenance.git_tree,
        &provenance.registry, &provenance.registry_commit, &provenance.expected_manifest_hash}) {
    *text = columns.text();
  }
  record.badge.verification_level = static_cast<int>(columns.integer());
  record.badge.trust_score = columns.optional_number();
  record.badge.is_deprecated = columns.flag();
  record.badge.replacement_id = columns.text();
  record.badge.publisher = columns.text();
}

void take_state(Columns& columns, AgentRecord& record) {
  columns.state(record.install);
  columns.state(record.build);
  record.install_path = columns.text();
  record.built_at = columns.optional_time();
  record.last_error = columns.text();
  columns.pending(record.pending);
  record.is_gone = columns.flag();
  record.discovered_at = columns.time();
  record.last_seen_at = columns.time();
}

using CopiesByAgent = std::unordered_map<std::string, std::vector<ShadowedCopy>>;

void add_copy(std::span<const sql::Value> row, CopiesByAgent& copies) {
  copies[sql::text(row[0])].push_back({sql::text(row[1]), sql::text(row[2])});
}

Result<AgentRecord> record_of(std::span<const sql::Value> row, CopiesByAgent& shadowed) {
  Columns columns(row);
  const auto id = AgentId::parse_in_development(columns.text());
  if (!id) return unreadable("agent_id");
  AgentRecord record{.id = *id};
  take_manifest(columns, record);
  take_source(columns, record);
  take_state(columns, record);
  if (!columns.is_valid()) return unreadable(id->text());
  if (const auto found = shadowed.find(id->text()); found != shadowed.end()) {
    record.shadowed = std::move(found->second);
  }
  return record;
}

}  // namespace

Result<void> scan_agents(sql::Database& database, const std::function<void(AgentRecord)>& visit) {
  CopiesByAgent shadowed;
  auto scanned = database.scan({kScanShadowed, {}}, [&](std::span<const sql::Value> row) {
    add_copy(row, shadowed);
    return true;
  });
  if (!scanned) return scanned;
  std::optional<Error> error;
  scanned = database.scan({kScan, {}}, [&](std::span<const sql::Value> row) {
    auto record = record_of(row, shadowed);
    if (record) {
      visit(std::move(*record));
    } else {
      error = std::move(record.error());
    }
    return !error;
  });
  if (!scanned) return scanned;
  if (error) return Failure(std::move(*error));
  return {};
}

Task<std::vector<AgentRecord>> read_agents(sql::Database& database, std::vector<AgentId> ids) {
  std::vector<std::string> names;
  for (const auto& id : ids) names.push_back(id.text());
  const auto list = to_row_text(names);
  sql::Call read{kRead, {list}};
  const auto rows = co_await database.read(std::move(read));
  if (!rows) co_return Failure(rows.error());
  sql::Call read_shadowed{kReadShadowed, {list}};
  const auto copies = co_await database.read(std::move(read_shadowed));
  if (!copies) co_return Failure(copies.error());
  CopiesByAgent shadowed;
  for (const auto& row : copies->rows) add_copy(row, shadowed);
  std::vector<AgentRecord> records;
  for (const auto& row : rows->rows) {
    auto record = record_of(row, shadowed);
    if (!record) co_return Failure(std::move(record.error()));
    records.push_back(std::move(*record));
  }
  co_return records;
}

}  // namespace sovereign::core
