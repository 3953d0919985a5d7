#include "registry/agents/store.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "json/parse.hpp"
#include "json/write.hpp"

namespace sovereign::registry {
namespace {

#define AGENT_COLUMNS                                                                          \
  "a.id, a.name, a.agent_type, a.status, a.description, a.developer_id, a.api_endpoints, "     \
  "a.capabilities, a.tags, a.human_readable_id, a.pricing, a.teg_wallet_address, a.metadata, " \
  "a.card, a.card_digest, a.verified_at, a.verified_method, a.version, a.last_seen_at, "       \
  "a.created_at, a.updated_at, u.username, u.email "                                           \
  "FROM agents a JOIN users u ON u.id = a.developer_id"

constexpr sql::Statement kFind{"agents.find", "SELECT " AGENT_COLUMNS " WHERE a.id = $1"};
constexpr sql::Statement kScan{"agents.scan", "SELECT " AGENT_COLUMNS};
constexpr sql::Statement kExport{"agents.export",
                                 "SELECT " AGENT_COLUMNS " ORDER BY a.human_readable_id_key"};

#undef AGENT_COLUMNS

constexpr sql::Statement kInsert{
    "agents.insert",
    "INSERT INTO agents (id, did, name, agent_type, status, description, developer_id, "
    "api_endpoints, capabilities, tags, human_readable_id, human_readable_id_key, pricing, "
    "teg_wallet_address, metadata, card, card_digest, verified_at, verified_method, version, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
    "$15, $16, $17, $18, $19, $20, $21, $22)"};

constexpr sql::Statement kUpdate{
    "agents.update",
    "UPDATE agents SET name = $3, agent_type = $4, status = $5, description = $6, "
    "api_endpoints = $7, capabilities = $8, tags = $9, human_readable_id = $10, "
    "human_readable_id_key = $11, pricing = $12, teg_wallet_address = $13, metadata = $14, "
    "card = $15, card_digest = $16, verified_at = $17, verified_method = $18, version = $19, "
    "updated_at = $20 WHERE id = $1 AND version = $2"};

constexpr sql::Statement kTouch{"agents.touch",
                                "UPDATE agents SET last_seen_at = $2 WHERE id = $1"};

constexpr sql::Statement kInsertChange{
    "changes.insert",
    "INSERT INTO changes (kind, agent_id, version, changed_at) VALUES ($1, $2, $3, $4)"};

constexpr sql::Statement kFindDeveloper{"agents.find_developer",
                                        "SELECT id, username, email FROM users WHERE id = $1"};

sql::Value value_of(const std::optional<std::string>& text) {
  return text ? sql::Value(*text) : sql::Value();
}

sql::Value value_of(const std::optional<Timestamp>& time) {
  return time ? sql::Value(time->time_since_epoch().count()) : sql::Value();
}

sql::Value value_of(Timestamp time) { return time.time_since_epoch().count(); }

std::optional<std::string> optional_text(const sql::Value& value) {
  return sql::is_null(value) ? std::nullopt : std::optional(sql::text(value));
}

Timestamp time_of(const sql::Value& value) {
  return Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

std::optional<Timestamp> optional_time(const sql::Value& value) {
  return sql::is_null(value) ? std::nullopt : std::optional(time_of(value));
}

/// A column that holds a JSON array of strings.
std::vector<std::string> list_of(const sql::Value& value) {
  const auto array = json::parse(sql::text(value)).value();
  std::vector<std::string> list;
  list.reserve(array.as_array().size());
  for (const auto& item : array.as_array()) {
    const auto& text = item.as_string();
    list.emplace_back(text.data(), text.size());
  }
  return list;
}

template <typename TypedId>
TypedId id_of(const sql::Value& value) {
  return TypedId::parse(sql::text(value)).value();
}

constexpr std::string_view name_of_change(AgentChange change) {
  switch (change) {
    case AgentChange::created: return "created";
    case AgentChange::updated: return "updated";
    case AgentChange::removed: return "removed";
  }
  return "updated";
}

sql::Call change_row(const Agent& agent, AgentChange change) {
  return {kInsertChange,
          {std::string(name_of_change(change)), agent.id.to_string(), agent.version,
           value_of(agent.updated_at)}};
}

std::string key_of(const Agent& agent) { return base::to_lower_ascii(agent.human_readable_id); }

}  // namespace

std::vector<sql::Call> insert_calls(const Agent& agent) {
  std::vector<sql::Call> calls;
  calls.push_back({kInsert,
                   {agent.id.to_string(),
                    did_of(agent.id),
                    agent.name,
                    agent.agent_type,
                    std::string(json::name_of(agent.status)),
                    agent.description,
                    agent.developer_id.to_string(),
                    json::to_text(agent.api_endpoints),
                    json::to_text(agent.capabilities),
                    json::to_text(agent.tags),
                    agent.human_readable_id,
                    key_of(agent),
                    value_of(agent.pricing),
                    value_of(agent.teg_wallet_address),
                    agent.metadata,
                    value_of(agent.card),
                    value_of(agent.card_digest),
                    value_of(agent.verified_at),
                    value_of(agent.verified_method),
                    agent.version,
                    value_of(agent.created_at),
                    value_of(agent.updated_at)}});
  calls.push_back(change_row(agent, AgentChange::created));
  return calls;
}

std::vector<sql::Call> update_calls(const Agent& agent, AgentChange change) {
  std::vector<sql::Call> calls;
  calls.push_back({kUpdate,
                   {agent.id.to_string(),
                    agent.version - 1,
                    agent.name,
                    agent.agent_type,
                    std::string(json::name_of(agent.status)),
                    agent.description,
                    json::to_text(agent.api_endpoints),
                    json::to_text(agent.capabilities),
                    json::to_text(agent.tags),
                    agent.human_readable_id,
                    key_of(agent),
                    value_of(agent.pricing),
                    value_of(agent.teg_wallet_address),
                    agent.metadata,
                    value_of(agent.card),
                    value_of(agent.card_digest),
                    value_of(agent.verified_at),
                    value_of(agent.verified_method),
                    agent.version,
                    value_of(agent.updated_at)},
                   sql::Expect::one_row});
  calls.push_back(change_row(agent, change));
  return calls;
}

sql::Call scan_agents(ScanOrder order) { return {order == ScanOrder::any ? kScan : kExport, {}}; }

CatalogAgent agent_of_row(std::span<const sql::Value> row) {
  Agent agent{.id = id_of<AgentId>(row[0]),
              .name = sql::text(row[1]),
              .agent_type = sql::text(row[2]),
              .status = json::value_of<AgentStatus>(sql::text(row[3])).value(),
              .description = sql::text(row[4]),
              .developer_id = id_of<UserId>(row[5]),
              .api_endpoints = list_of(row[6]),
              .capabilities = list_of(row[7]),
              .tags = list_of(row[8]),
              .human_readable_id = sql::text(row[9]),
              .pricing = optional_text(row[10]),
              .teg_wallet_address = optional_text(row[11]),
              .metadata = sql::text(row[12]),
              .card = optional_text(row[13]),
              .card_digest = optional_text(row[14]),
              .verified_at = optional_time(row[15]),
              .verified_method = optional_text(row[16]),
              .version = sql::integer(row[17]),
              .last_seen_at = optional_time(row[18]),
              .created_at = time_of(row[19]),
              .updated_at = time_of(row[20])};
  Developer developer{agent.developer_id, sql::text(row[21]), sql::text(row[22])};
  return {std::move(agent), std::move(developer)};
}

Task<std::optional<CatalogAgent>> AgentStore::find(AgentId id) {
  sql::Call call{kFind, {id.to_string()}};
  auto task = database_.read(std::move(call));
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return std::nullopt;
  co_return agent_of_row(found->rows.front());
}

Task<std::optional<Developer>> AgentStore::find_developer(UserId id) {
  sql::Call call{kFindDeveloper, {id.to_string()}};
  auto task = database_.read(std::move(call));
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return std::nullopt;
  const auto& row = found->rows.front();
  co_return Developer{id, sql::text(row[1]), sql::text(row[2])};
}

Task<bool> AgentStore::touch(AgentId id, Timestamp seen_at) {
  sql::Write write;
  write.calls.push_back({kTouch, {id.to_string(), value_of(seen_at)}});
  auto task = database_.write(std::move(write));
  auto written = co_await std::move(task);
  if (!written) co_return Failure(std::move(written.error()));
  co_return written->has_value() && written->value().front().affected == 1;
}

}  // namespace sovereign::registry
