// The SQL of verification challenges.
#pragma once

#include <optional>

#include "registry/identity/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

// Calls for a Write.
/// Forgets the agent's earlier challenges: there is one at a time.
sql::Call delete_challenges(AgentId agent);
sql::Call insert_challenge(const Challenge& challenge, AgentId agent, Timestamp now);
/// Expects that the challenge was not used before.
sql::Call use_challenge(ChallengeId id, Timestamp now);

class ChallengeStore {
 public:
  explicit ChallengeStore(sql::Database& database) : database_(database) {}

  /// The unused challenge of this id and agent, expired or not.
  Task<std::optional<Challenge>> find(ChallengeId id, AgentId agent);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::registry
