// One thing that happened, as its feature tells it, and the statement that records it.
//
// The row joins the chain inside the transaction that commits it: the statement itself computes the
// next sequence and the hash, by functions that AuditChain brings. docs/formats/audit-log.md says
// how rows and hashes are made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "core/actor.hpp"
#include "json/parse.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

enum class Severity : std::uint8_t { info, warn, error, security };

/// "info", "warn", "error" or "security".
std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(std::string_view name);

struct AuditEvent {
  std::string_view type;  ///< A constant: "agent.enabled". 200 bytes at most.
  Severity severity = Severity::info;
  Actor actor;
  std::string subject_type;    ///< "agent", "run", "tool_call", "registry" ... 50 bytes at most.
  std::string subject_id;      ///< 200 bytes at most.
  std::string correlation_id;  ///< 200 bytes at most, empty when unknown; so is causation_id.
  std::string causation_id;
  /// Facts, never inputs or outputs. Redacted when the row is written, and cut to
  /// kMaxMetadataBytes.
  json::Object metadata;
};

/// Larger metadata is replaced by {"truncated":true,"reason":"too_large","max_bytes":16384}.
inline constexpr std::size_t kMaxMetadataBytes = 16384;

/// Inserts the row of `event`; expects one row. Put it into the sql::Write of the change it
/// records, or hand events that are no part of a change to AuditTrail. The database must have been
/// opened with AuditChain::functions(). Fields over their length are cut; text that is not UTF-8 is
/// made so.
sql::Call audit_row(AuditEvent event, base::Timestamp at);

}  // namespace sovereign::core
