// The rules of publishing: who may write, what a write leaves behind, and that it can be read back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "registry/agents/record.hpp"
#include "registry/agents/registration.hpp"
#include "registry/agents/store.hpp"
#include "registry/audit/audit.hpp"
#include "registry/discovery/catalog.hpp"

namespace sovereign::registry {

/// Who asks for a write.
struct Caller {
  UserId user;
  bool is_admin = false;
  Actor actor;
};

/// The account behind a request that its route has let through (Access::user or admin).
Caller caller_of(const http::Request& request);

/// An agent that is not written yet, with the calls that write it.
struct PlannedAgent {
  Agent agent;
  std::vector<sql::Call> calls;  ///< agents, changes, audit_log; append them to a Write.
};

using SharedRecord = std::shared_ptr<const AgentRecord>;

/// The accounts' rule for whatever publishes. Error: `forbidden`, with what to do.
using PublishingRule = std::function<Task<void>(UserId account)>;

/// All must outlive it. Database trouble is `unavailable` and passes through.
class AgentService {
 public:
  /// Without a rule every account may publish.
  AgentService(sql::Database& database, Catalog& catalog, const Clock& clock, base::Random& random,
               PublishingRule may_publish = {});

  /// A new agent of `owner`, for a Write of its own or of something bigger (onboarding consumes a
  /// token with it). `registration` has passed complete(). Afterwards: rejected() or committed().
  Result<PlannedAgent> plan_create(AgentRegistration registration, UserId owner, bool is_admin,
                                   const Actor& actor);
  /// What a rejection of one of PlannedAgent's calls means: `conflict` for a taken readable id,
  /// `unauthenticated` when the owner's account is gone.
  static Failure rejected(const sql::Rejection& rejection);
  /// Shows a committed agent to readers; its record.
  boost::asio::awaitable<SharedRecord> committed(Agent agent, Developer owner);

  /// The publisher by id, from the catalog or the database. Error: `unauthenticated` when there is
  /// no such account.
  Task<Developer> publisher(UserId id);

  /// Errors: `forbidden` (the account may not publish), `unprocessable`, `conflict` (readable id
  /// taken).
  Task<SharedRecord> create(AgentRegistration registration, Caller caller);

  /// Merges `patch` (see merge_registration) into the agent. `if_match` is the header's value, or
  /// empty. Errors: `not_found`, `forbidden`, `unprocessable`, `conflict`, `precondition_failed`.
  Task<SharedRecord> update(AgentId id, std::string patch, std::string if_match, Caller caller);

  /// Makes the agent inactive and drops its artifacts; once more is no change and no error.
  Task<SharedRecord> remove(AgentId id, std::string if_match, Caller caller);

  /// The owner has proved something by `method` ("http <origin>" ...: identity/lapse.hpp). The
  /// verification ends with the update after which the agent no longer has what was proved.
  Task<SharedRecord> mark_verified(AgentId id, std::string method, Caller caller);

  /// A sign of life; the time that was noted. Error: `not_found`.
  Task<Timestamp> heartbeat(AgentId id);

 private:
  /// How an agent is to change; false when there is nothing to write.
  using Edit = std::function<Result<bool>(Agent&)>;
  struct Change {
    AgentChange kind;
    std::string_view action;  ///< For the audit trail, a constant.
    std::string if_match;
    Edit edit;
  };

  Task<SharedRecord> change(AgentId id, Change change, Caller caller);
  /// One attempt; nothing when another write came first.
  Task<std::optional<SharedRecord>> try_change(AgentId id, const Change& change,
                                               const Caller& caller);

  sql::Database& database_;
  AgentStore store_;
  Catalog& catalog_;
  const Clock& clock_;
  base::Random& random_;
  PublishingRule may_publish_;
};

}  // namespace sovereign::registry
