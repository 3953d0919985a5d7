// Accounts: registering, passwords, roles, and what other features ask about their owners.
#pragma once

#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/random.hpp"
#include "registry/accounts/messages.hpp"
#include "registry/accounts/passwords.hpp"
#include "registry/accounts/postbox.hpp"
#include "registry/accounts/revocations.hpp"
#include "registry/accounts/standing.hpp"
#include "registry/accounts/store.hpp"
#include "registry/agents/types.hpp"
#include "registry/audit/audit.hpp"

namespace sovereign::registry {

struct AccountOptions {
  std::string public_url;  ///< Of this registry, without a final slash; links in letters start so.
  bool require_verified_email = false;  ///< Publishing needs a proved address.
};

/// What the account services work with; all must outlive them.
struct AccountParts {
  sql::Database& database;
  const Clock& clock;
  base::Random& random;
  Passwords& passwords;
  Standing& standing;
  Revocations& revocations;
  Postbox& postbox;
};

/// Whose session asks.
struct SessionOwner {
  UserId user;
  SessionId session;
};

/// What to do when an administrator is to be made of an email address that has an account.
enum class ExistingAccount { refuse, promote };

/// "user:<uuid>", as audit rows name an account.
std::string subject_of(UserId user);

/// Ends in memory, here and elsewhere, what a write has ended: `ended` holds the ids of sessions.
std::vector<SessionId> forget_sessions(Revocations& revocations, const sql::ResultSet& ended,
                                       Timestamp at);

class Accounts {
 public:
  Accounts(AccountParts parts, AccountOptions options);

  /// Makes a developer account, three recovery keys, and sends the link that proves the address.
  /// Errors: unprocessable, conflict (email or name taken), unavailable.
  Task<RegisteredUser> register_account(Registration registration, Actor actor);

  /// Errors: not_found, unavailable.
  Task<User> find(UserId id);

  /// Ends all other sessions, and the recovery links on their way. Errors: forbidden (the current
  /// password is wrong), unprocessable, unavailable.
  Task<void> change_password(SessionOwner owner, PasswordChange change, Actor actor);

  /// An administrator, active and verified, for the command line. Promoting keeps the existing
  /// password and name. Errors: conflict, unprocessable, unavailable.
  Task<User> create_admin(Registration registration, ExistingAccount existing);

  /// The publisher shown beside an agent. Errors: not_found, unavailable.
  Task<Developer> developer(UserId id);

  /// The rule for whatever publishes (agents, bootstrap tokens). Error: forbidden, with what to do.
  Task<void> may_publish(http::Principal principal);

  /// The state of an account, from memory or else from the database. Errors: not_found,
  /// unavailable.
  Task<AccountState> state(UserId id);

 private:
  Task<User> promote(User user);

  AccountParts parts_;
  const AccountOptions options_;
  AccountStore store_;
};

}  // namespace sovereign::registry
