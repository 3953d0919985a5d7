// The SQL of bootstrap tokens and of agents' credentials.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/onboarding/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// A token as register needs it.
struct StoredBootstrapToken {
  BootstrapToken token;
  UserId creator;
  bool creator_is_active = false;
  bool creator_is_admin = false;
};

struct NewBootstrapToken {
  BootstrapTokenId id;
  std::string digest;
  UserId creator;
  BootstrapTokenRequest request;
  Timestamp created_at{};
  Timestamp expires_at{};
};

/// What is known of a credential when an agent signs in.
struct StoredCredential {
  AgentId agent;
  AgentStatus agent_status = AgentStatus::active;
  std::string secret_digest;
  bool is_revoked = false;
};

// Calls for a Write.
sql::Call insert_token(const NewBootstrapToken& token);
/// Expects the token to be active at `now`: of many registrations, one gets past this.
sql::Call consume_token(const std::string& digest, Timestamp now);
/// Notes which agent it was, once the agent's row is there.
sql::Call attribute_token(const std::string& digest, AgentId agent);
/// Expects an active token of this creator.
sql::Call revoke_token(BootstrapTokenId id, UserId creator, Timestamp now);
/// Removes tokens that expired before `before`.
sql::Call purge_tokens(Timestamp before);
sql::Call insert_credential(const std::string& client_id, AgentId agent,
                            const std::string& secret_digest, Timestamp now);

class OnboardingStore {
 public:
  explicit OnboardingStore(sql::Database& database) : database_(database) {}

  Task<std::optional<StoredBootstrapToken>> find_token(std::string digest, Timestamp now);
  Task<std::optional<BootstrapToken>> find_token_of(BootstrapTokenId id, UserId creator,
                                                    Timestamp now);
  /// Newest first. `total` counts all that match.
  Task<BootstrapTokenPage> list_tokens(UserId creator, BootstrapTokenQuery query, Timestamp now);
  Task<std::optional<StoredCredential>> find_credential(std::string client_id);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::registry
