// Keeps this process's memory of accounts, sessions and API keys true when another process (a
// replica, the command line) changes them: loads what matters at start, then looks for changes.
#pragma once

#include <chrono>

#include "registry/accounts/api_keys.hpp"
#include "registry/accounts/standing.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

class AccountFollower {
 public:
  /// Changes are looked for this far back each time: more than clocks of replicas differ and than a
  /// commit takes, so that none is missed.
  static constexpr std::chrono::seconds kOverlap{30};

  /// All must outlive this.
  AccountFollower(sql::Database& database, const Clock& clock, Standing& standing,
                  ApiKeys& api_keys)
      : database_(database), clock_(clock), standing_(standing), api_keys_(api_keys) {}

  /// The ended sessions whose access tokens still run. Blocks: at start, before the first request.
  Result<void> load();

  /// What changed since the last call; call it about once a second. Errors: unavailable, and the
  /// next call looks further back.
  Task<void> catch_up();

 private:
  sql::Database& database_;
  const Clock& clock_;
  Standing& standing_;
  ApiKeys& api_keys_;
  Timestamp since_{};
};

}  // namespace sovereign::registry
