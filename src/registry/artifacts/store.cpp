#include "registry/artifacts/store.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "registry/accounts/store.hpp"

namespace sovereign::registry {
namespace {

constexpr std::int64_t kObjectsAtOnce = 100;

#define ARTIFACT_COLUMNS "agent_id, name, object_key, size, sha256, media_type, uploaded_at"

constexpr sql::Statement kFind{"artifacts.find",
                               "SELECT " ARTIFACT_COLUMNS
                               " FROM artifacts WHERE agent_id = $1 AND name = $2"};
constexpr sql::Statement kList{"artifacts.list",
                               "SELECT " ARTIFACT_COLUMNS
                               " FROM artifacts WHERE agent_id = $1 ORDER BY name"};
constexpr sql::Statement kInsert{"artifacts.insert", "INSERT INTO artifacts (" ARTIFACT_COLUMNS
                                                     ") VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr sql::Statement kReplace{
    "artifacts.replace",
    "UPDATE artifacts SET object_key = $3, size = $4, sha256 = $5, media_type = $6, uploaded_at = "
    "$7 WHERE agent_id = $1 AND name = $2 AND object_key = $8"};
constexpr sql::Statement kDelete{
    "artifacts.delete",
    "DELETE FROM artifacts WHERE agent_id = $1 AND name = $2 AND object_key = $3"};

constexpr sql::Statement kEnsureUsage{"artifact_usage.ensure",
                                      "INSERT INTO artifact_usage (owner, bytes, files) VALUES "
                                      "($1, 0, 0) ON CONFLICT (owner) DO NOTHING"};
constexpr sql::Statement kAddUsage{
    "artifact_usage.add",
    "UPDATE artifact_usage SET bytes = bytes + $2, files = files + $3 WHERE owner = $1 AND "
    "(CAST($2 AS BIGINT) <= 0 OR bytes + $2 <= $4) AND (CAST($3 AS BIGINT) <= 0 OR files + $3 <= "
    "$5)"};
constexpr sql::Statement kUsage{"artifact_usage.find",
                                "SELECT bytes, files FROM artifact_usage WHERE owner = $1"};

constexpr sql::Statement kAnnounce{
    "unneeded_objects.announce",
    "INSERT INTO unneeded_objects (object_key, since, collecting) VALUES ($1, $2, 0)"};
constexpr sql::Statement kClaim{
    "unneeded_objects.claim",
    "DELETE FROM unneeded_objects WHERE object_key = $1 AND collecting = 0"};
constexpr sql::Statement kGiveUp{
    "unneeded_objects.give_up",
    "UPDATE unneeded_objects SET collecting = 1 WHERE since < $1 AND collecting = 0"};
constexpr sql::Statement kGivenUp{"unneeded_objects.given_up",
                                  "SELECT object_key FROM unneeded_objects WHERE collecting = 1 "
                                  "ORDER BY since LIMIT $1"};
constexpr sql::Statement kForget{"unneeded_objects.forget",
                                 "DELETE FROM unneeded_objects WHERE object_key = $1"};

constexpr sql::Statement kDropObjects{
    "artifacts.drop_objects",
    "INSERT INTO unneeded_objects (object_key, since, collecting) SELECT object_key, "
    "CAST($2 AS BIGINT), 0 FROM artifacts WHERE agent_id = $1"};
constexpr sql::Statement kDropUsage{
    "artifacts.drop_usage",
    "UPDATE artifact_usage SET "
    "bytes = bytes - (SELECT coalesce(sum(size), 0) FROM artifacts WHERE agent_id = $2), "
    "files = files - (SELECT count(*) FROM artifacts WHERE agent_id = $2) WHERE owner = $1"};
constexpr sql::Statement kDropRows{"artifacts.drop", "DELETE FROM artifacts WHERE agent_id = $1"};

// The places of change_calls() that can be rejected.
constexpr std::size_t kAgentQuotaCall = 2;
constexpr std::size_t kAccountQuotaCall = 3;
constexpr std::size_t kClaimCall = 5;

std::string owner_key(AgentId agent) { return "agent:" + agent.to_string(); }
std::string owner_key(UserId account) { return "user:" + account.to_string(); }

std::vector<sql::Value> columns_of(const Artifact& artifact) {
  return {artifact.agent.to_string(),
          artifact.name,
          artifact.key.text(),
          static_cast<std::int64_t>(artifact.size),
          base::to_hex(artifact.sha256),
          artifact.media_type,
          to_microseconds(artifact.uploaded_at)};
}

Artifact artifact_of(const sql::Row& row) {
  Artifact artifact{.agent = AgentId{to_uuid(row[0])},
                    .name = sql::text(row[1]),
                    .key = blob::Key::parse(sql::text(row[2])).value(),
                    .size = static_cast<std::uint64_t>(sql::integer(row[3])),
                    .media_type = sql::text(row[5]),
                    .uploaded_at = from_microseconds(sql::integer(row[6]))};
  std::ranges::copy(base::from_hex(sql::text(row[4])).value(), artifact.sha256.begin());
  return artifact;
}

/// The call that changes the row itself.
sql::Call row_call(const ArtifactChange& change) {
  const auto& [owner, before, after, at] = change;
  if (!after) {
    return {kDelete,
            {before->agent.to_string(), before->name, before->key.text()},
            sql::Expect::one_row};
  }
  auto columns = columns_of(*after);
  if (!before) return {kInsert, std::move(columns), sql::Expect::one_row};
  columns.emplace_back(before->key.text());
  return {kReplace, std::move(columns), sql::Expect::one_row};
}

}  // namespace

sql::Call announce_object(const blob::Key& key, Timestamp at) {
  return {kAnnounce, {key.text(), to_microseconds(at)}};
}

std::vector<sql::Call> change_calls(const ArtifactChange& change, const ArtifactLimits& limits) {
  const auto& [owner, before, after, at] = change;
  const auto agent_key = owner_key(before ? before->agent : after->agent);
  const auto account_key = owner_key(owner);
  const auto bytes = static_cast<std::int64_t>(after ? after->size : 0) -
                     static_cast<std::int64_t>(before ? before->size : 0);
  const std::int64_t files = (after ? 1 : 0) - (before ? 1 : 0);
  constexpr auto one_row = sql::Expect::one_row;
  std::vector<sql::Call> calls;
  calls.push_back({kEnsureUsage, {agent_key}});
  calls.push_back({kEnsureUsage, {account_key}});
  calls.push_back(
      {kAddUsage, {agent_key, bytes, files, limits.agent_bytes, limits.agent_files}, one_row});
  calls.push_back(
      {kAddUsage, {account_key, bytes, files, limits.account_bytes, INT64_MAX}, one_row});
  calls.push_back(row_call(change));
  if (after) calls.push_back({kClaim, {after->key.text()}, one_row});
  if (before) calls.push_back(announce_object(before->key, at));
  return calls;
}

ArtifactRejection why_rejected(const sql::Rejection& rejection) {
  if (rejection.kind == sql::Rejection::Kind::expectation) {
    if (rejection.call == kAgentQuotaCall) return ArtifactRejection::agent_quota;
    if (rejection.call == kAccountQuotaCall) return ArtifactRejection::account_quota;
    if (rejection.call == kClaimCall) return ArtifactRejection::too_late;
  }
  return ArtifactRejection::changed;
}

std::vector<sql::Call> drop_artifacts_calls(AgentId agent, UserId owner, Timestamp at) {
  const auto id = agent.to_string();
  return {{kDropObjects, {id, to_microseconds(at)}},
          {kDropUsage, {owner_key(agent), id}},
          {kDropUsage, {owner_key(owner), id}},
          {kDropRows, {id}}};
}

Task<std::optional<Artifact>> ArtifactStore::find(AgentId agent, std::string_view name) {
  sql::Call call{kFind, {agent.to_string(), std::string(name)}};
  auto task = database_.read(std::move(call));
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return std::nullopt;
  co_return artifact_of(found->rows.front());
}

Task<std::vector<Artifact>> ArtifactStore::list(AgentId agent) {
  sql::Call call{kList, {agent.to_string()}};
  auto task = database_.read(std::move(call));
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  std::vector<Artifact> artifacts;
  artifacts.reserve(found->rows.size());
  for (const auto& row : found->rows) artifacts.push_back(artifact_of(row));
  co_return artifacts;
}

Task<ArtifactUsage> ArtifactStore::usage_of(AgentId agent) { return usage(owner_key(agent)); }
Task<ArtifactUsage> ArtifactStore::usage_of(UserId account) { return usage(owner_key(account)); }

Task<ArtifactUsage> ArtifactStore::usage(std::string owner) {
  sql::Call call{kUsage, {std::move(owner)}};
  auto task = database_.read(std::move(call));
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return ArtifactUsage{};
  const auto& row = found->rows.front();
  co_return ArtifactUsage{sql::integer(row[0]), sql::integer(row[1])};
}

Task<std::vector<blob::Key>> ArtifactStore::give_up_objects(Timestamp cutoff) {
  sql::Write write;
  write.calls.push_back({kGiveUp, {to_microseconds(cutoff)}});
  auto writing = database_.write(std::move(write));
  const auto written = co_await std::move(writing);
  if (!written) co_return Failure(written.error());
  sql::Call call{kGivenUp, {kObjectsAtOnce}};
  auto task = database_.read(std::move(call));
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  std::vector<blob::Key> keys;
  for (const auto& row : found->rows) keys.push_back(blob::Key::parse(sql::text(row[0])).value());
  co_return keys;
}

Task<void> ArtifactStore::forget_object(const blob::Key& key) {
  sql::Write write;
  write.calls.push_back({kForget, {key.text()}});
  auto writing = database_.write(std::move(write));
  const auto written = co_await std::move(writing);
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

}  // namespace sovereign::registry
