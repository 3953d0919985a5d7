// What older clients ask that no other feature reads: an account's organization, its onboarded
// agents, the feed of public events, and the numbers of the administrators' overview.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/agents/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// An agent that came by onboarding.
struct OnboardedRow {
  AgentId id;
  UserId creator;
  AgentStatus status = AgentStatus::active;
  std::string client_id;
  Timestamp created_at{};
  std::optional<Timestamp> last_seen_at;
};

/// A row of the audit trail that is public news.
struct EventRow {
  std::int64_t sequence = 0;
  Timestamp at{};
  std::string action;
  std::string subject;
  std::string details;  ///< JSON.
};

/// Actions of the audit trail (constants); one may be there several times.
using EventActions = std::array<std::string_view, 3>;

struct EventPage {
  std::vector<EventRow> events;  ///< Newest first.
  std::int64_t total = 0;
};

struct RegistryCounts {
  std::int64_t developers = 0;
  std::int64_t active_developers = 0;
  std::int64_t agents = 0;
  std::int64_t active_agents = 0;
  std::int64_t tokens_issued = 0;
  std::int64_t tokens_used = 0;
  std::int64_t tokens_expired = 0;
};

/// Errors of all: unavailable.
class CompatStore {
 public:
  static constexpr std::int64_t kMaxOwnedAgents = 1000;  ///< The newest; lists have no pages.
  static constexpr std::int64_t kMostRecent = 1000;      ///< Rows looked at to count activity.

  explicit CompatStore(sql::Database& database) : database_(database) {}

  Task<std::optional<std::string>> organization(UserId account);
  Task<std::vector<OnboardedRow>> onboarded_of(UserId creator);
  Task<std::optional<OnboardedRow>> onboarded(AgentId agent);
  /// Events of these actions.
  Task<EventPage> events(EventActions actions, std::int64_t limit, std::int64_t offset);
  /// Tokens of the last 30 days: older ones are removed.
  Task<RegistryCounts> counts(Timestamp now);
  /// Rows of the audit trail since then, kMostRecent at most.
  Task<std::int64_t> count_audited(Timestamp since);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::registry
