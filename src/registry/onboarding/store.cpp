#include "registry/onboarding/store.hpp"

#include <span>
#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kInsertToken{
    "bootstrap_tokens.insert",
    "INSERT INTO bootstrap_tokens (id, token_digest, creator_id, agent_type_hint, requested_by, "
    "metadata, consumed, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)"};

constexpr sql::Statement kConsumeToken{
    "bootstrap_tokens.consume",
    "UPDATE bootstrap_tokens SET consumed = 1, consumed_at = $1 WHERE token_digest = $2 AND "
    "consumed = 0 AND revoked_at IS NULL AND expires_at > $3"};

constexpr sql::Statement kAttributeToken{
    "bootstrap_tokens.attribute",
    "UPDATE bootstrap_tokens SET consumed_by_agent_id = $1 WHERE token_digest = $2"};

constexpr sql::Statement kRevokeToken{"bootstrap_tokens.revoke",
                                      "UPDATE bootstrap_tokens SET revoked_at = $1 WHERE id = $2 "
                                      "AND creator_id = $3 AND consumed = 0 "
                                      "AND revoked_at IS NULL AND expires_at > $4"};

constexpr sql::Statement kPurgeTokens{"bootstrap_tokens.purge",
                                      "DELETE FROM bootstrap_tokens WHERE expires_at < $1"};

constexpr sql::Statement kInsertCredential{"agent_credentials.insert",
                                           "INSERT INTO agent_credentials (client_id, agent_id, "
                                           "secret_digest, created_at) VALUES ($1, $2, "
                                           "$3, $4)"};

// $1 is the present; the order of the cases is BootstrapTokenStatus's.
#define TOKEN_COLUMNS                                                                            \
  "t.id, CASE WHEN t.consumed = 1 THEN 'consumed' WHEN t.revoked_at IS NOT NULL THEN 'revoked' " \
  "WHEN t.expires_at <= $1 THEN 'expired' ELSE 'active' END AS status, t.agent_type_hint, "      \
  "t.requested_by, t.metadata, t.created_at, t.expires_at, t.consumed_at, "                      \
  "t.consumed_by_agent_id, t.revoked_at"

constexpr sql::Statement kFindToken{
    "bootstrap_tokens.find",
    "SELECT " TOKEN_COLUMNS
    ", t.creator_id, u.is_active, CASE WHEN u.role = 'admin' THEN 1 ELSE 0 END FROM "
    "bootstrap_tokens t JOIN users u ON u.id = t.creator_id WHERE t.token_digest = $2"};

constexpr sql::Statement kFindTokenOf{
    "bootstrap_tokens.find_of_creator",
    "SELECT " TOKEN_COLUMNS " FROM bootstrap_tokens t WHERE t.id = $2 AND t.creator_id = $3"};

constexpr sql::Statement kListTokens{
    "bootstrap_tokens.list",
    "SELECT * FROM (SELECT " TOKEN_COLUMNS
    " FROM bootstrap_tokens t WHERE t.creator_id = $2) listed WHERE ($3 = '' OR status = $3) ORDER "
    "BY created_at DESC, id LIMIT $4 OFFSET $5"};

constexpr sql::Statement kCountTokens{
    "bootstrap_tokens.count",
    "SELECT COUNT(*) FROM (SELECT " TOKEN_COLUMNS
    " FROM bootstrap_tokens t WHERE t.creator_id = $2) listed WHERE ($3 = '' OR status = $3)"};

#undef TOKEN_COLUMNS

constexpr std::size_t kTokenColumns = 10;

constexpr sql::Statement kFindCredential{
    "agent_credentials.find",
    "SELECT c.agent_id, a.status, c.secret_digest, c.revoked_at FROM agent_credentials c JOIN "
    "agents a ON a.id = c.agent_id WHERE c.client_id = $1"};

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }

Timestamp time_of(const sql::Value& value) {
  return Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

std::optional<Timestamp> optional_time(const sql::Value& value) {
  return sql::is_null(value) ? std::nullopt : std::optional(time_of(value));
}

sql::Value optional_text(std::optional<std::string> text) {
  return text ? sql::Value(std::move(*text)) : sql::Value{};
}

std::optional<std::string> text_or_none(const sql::Value& value) {
  return sql::is_null(value) ? std::nullopt : std::optional(sql::text(value));
}

template <typename T>
T id_of(const sql::Value& value) {
  return T::parse(sql::text(value)).value();
}

BootstrapToken token_of(std::span<const sql::Value> row) {
  BootstrapToken token;
  token.token_id = id_of<BootstrapTokenId>(row[0]);
  token.status = json::value_of<BootstrapTokenStatus>(sql::text(row[1])).value();
  token.agent_type_hint = text_or_none(row[2]);
  token.requested_by = text_or_none(row[3]);
  token.metadata = {sql::text(row[4])};
  token.created_at = time_of(row[5]);
  token.expires_at = time_of(row[6]);
  token.consumed_at = optional_time(row[7]);
  if (!sql::is_null(row[8])) token.consumed_by_agent_id = id_of<AgentId>(row[8]);
  token.revoked_at = optional_time(row[9]);
  return token;
}

}  // namespace

sql::Call insert_token(const NewBootstrapToken& token) {
  const auto& request = token.request;
  return {kInsertToken,
          {token.id.to_string(), token.digest, token.creator.to_string(),
           optional_text(request.agent_type_hint), optional_text(request.requested_by),
           request.metadata.value_or(json::Raw{"{}"}).text, micros(token.expires_at),
           micros(token.created_at)}};
}

sql::Call consume_token(const std::string& digest, Timestamp now) {
  return {kConsumeToken, {micros(now), digest, micros(now)}, sql::Expect::one_row};
}

sql::Call attribute_token(const std::string& digest, AgentId agent) {
  return {kAttributeToken, {agent.to_string(), digest}, sql::Expect::one_row};
}

sql::Call revoke_token(BootstrapTokenId id, UserId creator, Timestamp now) {
  return {kRevokeToken,
          {micros(now), id.to_string(), creator.to_string(), micros(now)},
          sql::Expect::one_row};
}

sql::Call purge_tokens(Timestamp before) { return {kPurgeTokens, {micros(before)}}; }

sql::Call insert_credential(const std::string& client_id, AgentId agent,
                            const std::string& secret_digest, Timestamp now) {
  return {kInsertCredential, {client_id, agent.to_string(), secret_digest, micros(now)}};
}

Task<std::optional<StoredBootstrapToken>> OnboardingStore::find_token(std::string digest,
                                                                      Timestamp now) {
  auto task = database_.read({kFindToken, {micros(now), std::move(digest)}});
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return std::nullopt;
  const auto& row = found->rows.front();
  co_return StoredBootstrapToken{.token = token_of(row),
                                 .creator = id_of<UserId>(row[kTokenColumns]),
                                 .creator_is_active = sql::integer(row[kTokenColumns + 1]) != 0,
                                 .creator_is_admin = sql::integer(row[kTokenColumns + 2]) != 0};
}

Task<std::optional<BootstrapToken>> OnboardingStore::find_token_of(BootstrapTokenId id,
                                                                   UserId creator, Timestamp now) {
  auto task = database_.read({kFindTokenOf, {micros(now), id.to_string(), creator.to_string()}});
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return std::nullopt;
  co_return token_of(found->rows.front());
}

Task<BootstrapTokenPage> OnboardingStore::list_tokens(UserId creator, BootstrapTokenQuery query,
                                                      Timestamp now) {
  const std::string status(query.status ? json::name_of(*query.status) : "");
  auto count_task = database_.read({kCountTokens, {micros(now), creator.to_string(), status}});
  const auto counted = co_await std::move(count_task);
  if (!counted) co_return Failure(counted.error());
  auto list_task = database_.read({kListTokens,
                                   {micros(now), creator.to_string(), status, query.per_page,
                                    (query.page - 1) * query.per_page}});
  const auto listed = co_await std::move(list_task);
  if (!listed) co_return Failure(listed.error());
  BootstrapTokenPage page;
  for (const auto& row : listed->rows) page.tokens.push_back(token_of(row));
  const auto total = sql::integer(counted->rows.front().front());
  page.pagination = {.total = total,
                     .page = query.page,
                     .per_page = query.per_page,
                     .pages = (total + query.per_page - 1) / query.per_page};
  co_return page;
}

Task<std::optional<StoredCredential>> OnboardingStore::find_credential(std::string client_id) {
  auto task = database_.read({kFindCredential, {std::move(client_id)}});
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) co_return std::nullopt;
  const auto& row = found->rows.front();
  co_return StoredCredential{.agent = id_of<AgentId>(row[0]),
                             .agent_status = json::value_of<AgentStatus>(sql::text(row[1])).value(),
                             .secret_digest = sql::text(row[2]),
                             .is_revoked = !sql::is_null(row[3])};
}

}  // namespace sovereign::registry
