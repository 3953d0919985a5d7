#include "registry/identity/store.hpp"

namespace sovereign::registry {
namespace {

constexpr sql::Statement kDelete{"verification_challenges.delete_of_agent",
                                 "DELETE FROM verification_challenges WHERE agent_id = $1"};

constexpr sql::Statement kInsert{
    "verification_challenges.insert",
    "INSERT INTO verification_challenges (id, agent_id, token, created_at, expires_at) VALUES ($1, "
    "$2, $3, $4, $5)"};

constexpr sql::Statement kUse{
    "verification_challenges.use",
    "UPDATE verification_challenges SET used_at = $1 WHERE id = $2 AND used_at IS NULL"};

constexpr sql::Statement kFind{
    "verification_challenges.find",
    "SELECT token, expires_at FROM verification_challenges WHERE id = $1 AND agent_id = $2 AND "
    "used_at IS NULL"};

std::int64_t micros(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

sql::Call delete_challenges(AgentId agent) { return {kDelete, {agent.to_string()}}; }

sql::Call insert_challenge(const Challenge& challenge, AgentId agent, Timestamp now) {
  return {kInsert,
          {challenge.id.to_string(), agent.to_string(), challenge.token, micros(now),
           micros(challenge.expires_at)}};
}

sql::Call use_challenge(ChallengeId id, Timestamp now) {
  return {kUse, {micros(now), id.to_string()}, sql::Expect::one_row};
}

Task<std::optional<Challenge>> ChallengeStore::find(ChallengeId id, AgentId agent) {
  auto task = database_.read({kFind, {id.to_string(), agent.to_string()}});
  const auto found = co_await std::move(task);
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  const auto& row = found->rows.front();
  co_return Challenge{.id = id,
                      .token = sql::text(row[0]),
                      .expires_at = Timestamp{std::chrono::microseconds{sql::integer(row[1])}}};
}

}  // namespace sovereign::registry
