#include "registry/compat/compat_store.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kOrganization{"users.organization",
                                       "SELECT organization FROM users WHERE id = $1"};

#define ONBOARDED_COLUMNS                                                                  \
  "SELECT a.id, a.developer_id, a.status, c.client_id, a.created_at, a.last_seen_at FROM " \
  "agent_credentials c JOIN agents a ON a.id = c.agent_id WHERE c.revoked_at IS NULL AND "

constexpr sql::Statement kOnboardedOf{
    "agent_credentials.of_developer",
    ONBOARDED_COLUMNS "a.developer_id = $1 ORDER BY a.created_at DESC, a.id LIMIT $2"};
constexpr sql::Statement kOnboarded{
    "agent_credentials.of_agent", ONBOARDED_COLUMNS "a.id = $1 ORDER BY c.created_at DESC LIMIT 1"};

#undef ONBOARDED_COLUMNS

constexpr sql::Statement kEvents{
    "audit_log.events",
    "SELECT sequence, at, action, subject, details FROM audit_log "
    "WHERE action IN ($1, $2, $3) ORDER BY sequence DESC LIMIT $4 OFFSET $5"};
constexpr sql::Statement kCountEvents{
    "audit_log.count_events", "SELECT COUNT(*) FROM audit_log WHERE action IN ($1, $2, $3)"};
constexpr sql::Statement kCountAudited{
    "audit_log.count_recent",
    "SELECT COUNT(*) FROM (SELECT at FROM audit_log ORDER BY sequence DESC LIMIT $2) newest "
    "WHERE at > $1"};
constexpr sql::Statement kCounts{
    "registry.counts",
    "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM users WHERE is_active = 1), "
    "(SELECT COUNT(*) FROM agents), (SELECT COUNT(*) FROM agents WHERE status = 'active'), "
    "(SELECT COUNT(*) FROM bootstrap_tokens), "
    "(SELECT COUNT(*) FROM bootstrap_tokens WHERE consumed = 1), "
    "(SELECT COUNT(*) FROM bootstrap_tokens WHERE consumed = 0 AND expires_at <= $1)"};

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }

Timestamp time_of(const sql::Value& value) {
  return Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

OnboardedRow onboarded_row(const sql::Row& row) {
  return {.id = AgentId::parse(sql::text(row[0])).value(),
          .creator = UserId::parse(sql::text(row[1])).value(),
          .status = json::value_of<AgentStatus>(sql::text(row[2])).value(),
          .client_id = sql::text(row[3]),
          .created_at = time_of(row[4]),
          .last_seen_at = sql::is_null(row[5]) ? std::nullopt : std::optional(time_of(row[5]))};
}

EventRow event_row(const sql::Row& row) {
  return {.sequence = sql::integer(row[0]),
          .at = time_of(row[1]),
          .action = sql::text(row[2]),
          .subject = sql::text(row[3]),
          .details = sql::text(row[4])};
}

}  // namespace

Task<std::optional<std::string>> CompatStore::organization(UserId account) {
  auto reading = database_.read({kOrganization, {account.to_string()}});
  const auto found = co_await std::move(reading);
  if (!found) co_return Failure(found.error());
  if (found->rows.empty() || sql::is_null(found->rows.front().front())) co_return std::nullopt;
  co_return sql::text(found->rows.front().front());
}

Task<std::vector<OnboardedRow>> CompatStore::onboarded_of(UserId creator) {
  auto reading = database_.read({kOnboardedOf, {creator.to_string(), kMaxOwnedAgents}});
  const auto found = co_await std::move(reading);
  if (!found) co_return Failure(found.error());
  std::vector<OnboardedRow> rows;
  for (const auto& row : found->rows) rows.push_back(onboarded_row(row));
  co_return rows;
}

Task<std::optional<OnboardedRow>> CompatStore::onboarded(AgentId agent) {
  auto reading = database_.read({kOnboarded, {agent.to_string()}});
  const auto found = co_await std::move(reading);
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  co_return onboarded_row(found->rows.front());
}

Task<EventPage> CompatStore::events(EventActions actions, std::int64_t limit, std::int64_t offset) {
  std::vector<sql::Value> parameters;
  for (const auto action : actions) parameters.emplace_back(std::string(action));
  auto counting = database_.read({kCountEvents, parameters});
  const auto counted = co_await std::move(counting);
  if (!counted) co_return Failure(counted.error());
  parameters.emplace_back(limit);
  parameters.emplace_back(offset);
  auto reading = database_.read({kEvents, std::move(parameters)});
  const auto found = co_await std::move(reading);
  if (!found) co_return Failure(found.error());
  EventPage page{.total = sql::integer(counted->rows.front().front())};
  for (const auto& row : found->rows) page.events.push_back(event_row(row));
  co_return page;
}

Task<RegistryCounts> CompatStore::counts(Timestamp now) {
  auto reading = database_.read({kCounts, {micros(now)}});
  const auto found = co_await std::move(reading);
  if (!found) co_return Failure(found.error());
  const auto& row = found->rows.front();
  co_return RegistryCounts{.developers = sql::integer(row[0]),
                           .active_developers = sql::integer(row[1]),
                           .agents = sql::integer(row[2]),
                           .active_agents = sql::integer(row[3]),
                           .tokens_issued = sql::integer(row[4]),
                           .tokens_used = sql::integer(row[5]),
                           .tokens_expired = sql::integer(row[6])};
}

Task<std::int64_t> CompatStore::count_audited(Timestamp since) {
  auto reading = database_.read({kCountAudited, {micros(since), kMostRecent}});
  const auto found = co_await std::move(reading);
  if (!found) co_return Failure(found.error());
  co_return sql::integer(found->rows.front().front());
}

}  // namespace sovereign::registry
