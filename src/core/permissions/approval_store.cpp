#include "core/permissions/approval_store.hpp"

#include <span>
#include <utility>

#include "json/parse.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr sql::Statement kInsert{
    "permission_approvals.insert",
    "INSERT INTO permission_approvals (id, agent_id, permissions, manifest_hash, permissions_hash, "
    "git_commit, folder, status, approved_by_type, approved_by, approved_at, requested) VALUES "
    "($1, "
    "$2, $3, $4, $5, $6, $7, 'active', $8, $9, $10, $11)"};

constexpr sql::Statement kSupersede{
    "permission_approvals.supersede",
    "UPDATE permission_approvals SET status = $1, ended_by = $2, ended_at = $3, ended_reason = $4 "
    "WHERE agent_id = $5 AND status IN ('active', 'suspended')"};

constexpr sql::Statement kSetStatus{
    "permission_approvals.set_status",
    "UPDATE permission_approvals SET status = $1, ended_by = $2, ended_at = $3, ended_reason = $4 "
    "WHERE id = $5 AND status IN ('active', 'suspended')"};

#define APPROVAL_COLUMNS                                                                 \
  "p.id, p.agent_id, p.permissions, p.manifest_hash, p.permissions_hash, p.git_commit, " \
  "p.folder, p.status, p.approved_by_type, p.approved_by, p.approved_at, p.requested"

constexpr sql::Statement kScan{
    "permission_approvals.scan",
    "SELECT " APPROVAL_COLUMNS
    " FROM permission_approvals p WHERE p.status <> 'superseded' ORDER BY p.agent_id, "
    "p.approved_at, p.rowid"};

constexpr sql::Statement kFindSuperseded{
    "permission_approvals.find_superseded",
    "SELECT " APPROVAL_COLUMNS
    " FROM permission_approvals p WHERE p.agent_id = $1 AND p.manifest_hash = $2 AND "
    "p.permissions_hash = $3 AND p.git_commit = $4 AND p.folder = $5 AND p.status = 'superseded' "
    "AND NOT EXISTS (SELECT 1 FROM permission_approvals r WHERE r.agent_id = p.agent_id AND "
    "r.status = 'revoked' AND r.ended_at >= p.approved_at) ORDER BY p.approved_at DESC, p.rowid "
    "DESC LIMIT 1"};

#undef APPROVAL_COLUMNS

std::int64_t micros(base::Timestamp time) { return time.time_since_epoch().count(); }

Failure unreadable() {
  return base::fail(ErrorCode::internal, "A stored approval cannot be read.",
                    "permission_approvals");
}

Result<std::vector<std::string>> strings_of(std::string_view text) {
  const auto document = json::parse(text);
  if (!document || !document->is_array()) return unreadable();
  std::vector<std::string> strings;
  for (const auto& item : document->get_array()) {
    if (!item.is_string()) return unreadable();
    strings.emplace_back(item.get_string().data(), item.get_string().size());
  }
  return strings;
}

ActorType actor_type_of(std::string_view name) {
  for (const auto type : {ActorType::human, ActorType::agent}) {
    if (to_string(type) == name) return type;
  }
  return ActorType::system;
}

Result<StoredApproval> approval_of(std::span<const sql::Value> row) {
  const auto id = ApprovalId::parse(sql::text(row[0]));
  const auto agent = AgentId::parse_in_development(sql::text(row[1]));
  auto permissions = strings_of(sql::text(row[2]));
  auto requested = strings_of(sql::text(row[11]));
  if (!id || !agent || !permissions || !requested) return unreadable();
  auto granted = PermissionSet::parse(*permissions);
  if (!granted) return unreadable();
  return StoredApproval{
      .approval = {.id = *id,
                   .agent = *agent,
                   .permissions = std::move(*permissions),
                   .granted = std::move(*granted),
                   .requested = std::move(*requested),
                   .pin = {.manifest_hash = sql::text(row[3]),
                           .permissions_hash = sql::text(row[4]),
                           .commit = sql::text(row[5]),
                           .folder = sql::text(row[6])},
                   .approved_by = {actor_type_of(sql::text(row[8])), sql::text(row[9])},
                   .at = base::Timestamp{std::chrono::microseconds{sql::integer(row[10])}}},
      .status = sql::text(row[7])};
}

std::vector<sql::Value> end_parameters(const ApprovalEnd& end, std::string key) {
  return {end.status, end.actor.id, micros(end.at), end.reason, std::move(key)};
}

}  // namespace

sql::Call insert_approval(const Approval& approval) {
  return {kInsert,
          {approval.id.to_string(), approval.agent.text(), json::to_text(approval.permissions),
           approval.pin.manifest_hash, approval.pin.permissions_hash, approval.pin.commit,
           approval.pin.folder, std::string(to_string(approval.approved_by.type)),
           approval.approved_by.id, micros(approval.at), json::to_text(approval.requested)}};
}

sql::Call supersede_approvals(const AgentId& agent, const ApprovalEnd& end) {
  return {kSupersede, end_parameters(end, agent.text())};
}

sql::Call set_approval_status(ApprovalId id, const ApprovalEnd& end) {
  return {kSetStatus, end_parameters(end, id.to_string()), sql::Expect::one_row};
}

Result<void> scan_approvals(sql::Database& database,
                            const std::function<void(StoredApproval)>& visit) {
  std::optional<Error> error;
  const auto scanned = database.scan({kScan, {}}, [&](std::span<const sql::Value> row) {
    auto stored = approval_of(row);
    if (stored) {
      visit(std::move(*stored));
    } else {
      error = std::move(stored.error());
    }
    return !error;
  });
  if (!scanned) return scanned;
  if (error) return Failure(std::move(*error));
  return {};
}

Task<std::optional<Approval>> find_superseded(sql::Database& database, AgentId agent,
                                              ManifestPin pin) {
  sql::Call call{kFindSuperseded,
                 {agent.text(), pin.manifest_hash, pin.permissions_hash, pin.commit, pin.folder}};
  const auto found = co_await database.read(std::move(call));
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  auto stored = approval_of(found->rows.front());
  if (!stored) co_return Failure(std::move(stored.error()));
  co_return std::move(stored->approval);
}

}  // namespace sovereign::core
