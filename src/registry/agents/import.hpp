// Agents as JSON lines, in and out. A line is an AgentRegistration, and may also say who published
// the agent and when:
//   {"name":...,"humanReadableId":...,...,"developer":"ada","developer_email":"ada@example.com",
//    "created_at":"2026-01-31T12:00:00Z","updated_at":"2026-02-01T12:00:00Z"}
// What export_agents() writes, an import takes; a second export gives the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "registry/agents/registration.hpp"
#include "registry/audit/audit.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// A line, read.
struct ImportLine {
  AgentRegistration registration;
  std::optional<std::string> developer;
  std::optional<std::string> developer_email;
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> updated_at;
};

/// Errors: as read_registration; humanReadableId is required, since it says which agent is meant.
Result<ImportLine> read_import_line(std::string_view line);

/// A line that was not taken. The error never holds the line's values.
struct ImportProblem {
  std::size_t line = 0;  ///< From 1.
  Error error;
};

struct ImportReport {
  std::size_t created = 0;
  std::size_t updated = 0;
  std::size_t unchanged = 0;
  std::size_t refused = 0;
};

struct ImportOptions {
  UserId owner;                     ///< Publisher of lines that name none, or one that is unknown.
  bool only_own = false;            ///< Agents of other accounts are refused, not updated.
  bool creates_publishers = false;  ///< Unknown ones get an account that nobody can sign in to.
  Actor actor{.id = "command-line", .request_id = {}, .address = {}};
  std::size_t batch = 200;  ///< Agents of one write.
  std::function<void(const ImportProblem&)> on_problem = [](const ImportProblem&) {};
};

/// Takes lines and writes them in batches; a bad line is reported and skipped. Agents that exist
/// (by humanReadableId) are updated when they differ, and keep their publisher. One session at a
/// time; the database and the rest must outlive it.
class ImportSession {
 public:
  /// Reads what is there. Blocks.
  static Result<ImportSession> open(sql::Database& database, const Clock& clock,
                                    base::Random& random, ImportOptions options);

  /// Errors: `unavailable`; what was written before stays.
  Task<void> add(std::string line);
  /// Writes what waits.
  Task<ImportReport> finish();

 private:
  /// An agent that is there, in few bytes: what is needed to see whether a line changes it.
  struct Known {
    AgentId id;
    std::size_t digest = 0;  ///< Of registration_line().
  };
  struct Entry {
    std::size_t line = 0;
    std::string key;
    Known known;
    bool is_new = false;
    std::vector<sql::Call> calls;
  };

  ImportSession(sql::Database& database, const Clock& clock, base::Random& random,
                ImportOptions options);
  void refuse(std::size_t line, Error error);
  UserId publisher_of(const ImportLine& line, std::vector<sql::Call>& calls);
  Entry plan_new(ImportLine line, std::string key);
  Task<std::optional<Entry>> plan_update(ImportLine line, std::string key, Known known);
  Task<void> take(ImportLine line);
  Task<void> flush();
  Task<void> write_one(Entry entry);
  void count(const Entry& entry);

  sql::Database& database_;
  const Clock& clock_;
  base::Random& random_;
  ImportOptions options_;
  std::unordered_map<std::string, Known> known_;      ///< By folded humanReadableId.
  std::unordered_map<std::string, UserId> accounts_;  ///< By folded user name.
  std::vector<Entry> waiting_;
  ImportReport report_;
  std::size_t line_ = 0;
};

/// Calls `write` with one line (without newline) for each agent, ordered by humanReadableId.
/// Blocks.
Result<void> export_agents(sql::Database& database,
                           const std::function<void(std::string_view line)>& write);

}  // namespace sovereign::registry
