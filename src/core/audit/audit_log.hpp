// Reading the audit log: pages of it for people, all of it for export.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "core/audit/audit_event.hpp"
#include "json/table.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// Which rows are wanted; empty members want all. Texts are compared exactly.
struct AuditFilter {
  std::optional<std::string> event_type;
  std::optional<std::string> severity;
  std::optional<std::string> actor_type;
  std::optional<std::string> actor_id;
  std::optional<std::string> subject_type;
  std::optional<std::string> subject_id;
  std::optional<std::string> correlation_id;
  std::optional<base::Timestamp> since;  ///< At or after.
  std::optional<base::Timestamp> until;  ///< Before.
};

/// A row as it is stored, so that others can compute its hash.
struct AuditRecord {
  std::int64_t sequence = 0;
  std::string event_id;
  base::Timestamp at{};
  std::string event_type;
  std::string severity;
  std::string actor_type;
  std::string actor_id;
  std::string subject_type;
  std::string subject_id;
  std::string correlation_id;
  std::string causation_id;
  json::Raw metadata;  ///< The stored text, or null when that is no JSON.
  std::string hash;
};

/// Any thread that runs an event loop.
class AuditLog {
 public:
  static constexpr std::int64_t kDefaultLimit = 100;
  static constexpr std::int64_t kMaxLimit = 500;

  /// `database` must outlive it.
  explicit AuditLog(sql::Database& database) : database_(database) {}

  /// Up to `limit` rows with sequences below `before`, newest first. Errors: Database::read's.
  Task<std::vector<AuditRecord>> newest(AuditFilter filter, std::int64_t before,
                                        std::int64_t limit);

  /// The sequence of the last row, 0 when there is none.
  Task<std::int64_t> head();

  /// Up to `limit` rows after `after` and up to `until`, oldest first. Rows never change: pages up
  /// to the head() of the start are one snapshot.
  Task<std::vector<AuditRecord>> oldest(AuditFilter filter, std::int64_t after, std::int64_t until,
                                        std::int64_t limit);

 private:
  Task<std::vector<AuditRecord>> select(sql::Call call);

  sql::Database& database_;
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::AuditRecord> {
  using AuditRecord = sovereign::core::AuditRecord;
  static constexpr std::string_view name = "AuditRecord";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("sequence", &AuditRecord::sequence, {.description = "Place in the log, from 1."}),
      field("event_id", &AuditRecord::event_id),
      field("at", &AuditRecord::at),
      field("event_type", &AuditRecord::event_type, {.example = R"("agent.enabled")"}),
      field("severity", &AuditRecord::severity, {.example = R"("info")"}),
      field("actor_type", &AuditRecord::actor_type, {.description = "human, system or agent."}),
      field("actor_id", &AuditRecord::actor_id),
      field("subject_type", &AuditRecord::subject_type),
      field("subject_id", &AuditRecord::subject_id),
      field("correlation_id", &AuditRecord::correlation_id),
      field("causation_id", &AuditRecord::causation_id),
      field("metadata", &AuditRecord::metadata, {.description = "Facts, without secrets."}),
      field("hash", &AuditRecord::hash,
            {.description = "SHA-256 over this row and the hash of the one before."}),
  };
};
