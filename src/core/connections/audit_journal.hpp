// What connections report, as rows of the audit log.
#pragma once

#include <string>
#include <utility>

#include "core/audit/audit_trail.hpp"
#include "core/connections/journal.hpp"

namespace sovereign::core {

class AuditJournal final : public ConnectionJournal {
 public:
  /// The trail must outlive it.
  explicit AuditJournal(AuditTrail& trail) : trail_(trail) {}

  bool record(ConnectionEvent event) override {
    AuditEvent row;
    row.type = event.type;
    row.severity = severity_of(event.severity);
    row.correlation_id = event.correlation_id;
    row.metadata = std::move(event.metadata);
    if (event.agent != nullptr) {
      row.actor = {.type = ActorType::agent, .id = event.agent->text()};
      row.metadata["agent_id"] = event.agent->text();
    }
    if (event.run != nullptr) {
      row.subject_type = "run";
      row.subject_id = event.run->to_string();
    }
    return trail_.post(std::move(row)).has_value();
  }

 private:
  static Severity severity_of(JournalSeverity severity) {
    switch (severity) {
      case JournalSeverity::info: return Severity::info;
      case JournalSeverity::warning: return Severity::warn;
      case JournalSeverity::security: return Severity::security;
    }
    return Severity::info;
  }

  AuditTrail& trail_;
};

}  // namespace sovereign::core
