#include "daemon/journals.hpp"

#include <utility>

namespace sovereign::opensentience {
namespace {

core::Severity severity_of(core::JournalSeverity severity) {
  switch (severity) {
    case core::JournalSeverity::info: return core::Severity::info;
    case core::JournalSeverity::warning: return core::Severity::warn;
    case core::JournalSeverity::security: return core::Severity::security;
  }
  return core::Severity::info;
}

core::AuditEvent event_of(core::AdminEvent event) {
  const bool is_refusal = event.type == "admin.login_failed" || event.type == "security.denied";
  core::AuditEvent audited{.type = event.type,
                           .severity = is_refusal ? core::Severity::security : core::Severity::info,
                           .actor = std::move(event.actor),
                           .subject_type = "web",
                           .subject_id = std::string(event.reason),
                           .correlation_id = std::move(event.correlation_id),
                           .causation_id = {},
                           .metadata = {{"reason", event.reason}, {"client", event.client}}};
  if (event.unrecorded > 0) audited.metadata["unrecorded"] = event.unrecorded;
  return audited;
}

}  // namespace

bool AuditedConnections::record(core::ConnectionEvent event) {
  core::AuditEvent audited{.type = event.type,
                           .severity = severity_of(event.severity),
                           .actor = {},
                           .subject_type = "connection",
                           .subject_id = {},
                           .correlation_id = std::string(event.correlation_id),
                           .causation_id = {},
                           .metadata = std::move(event.metadata)};
  if (event.agent != nullptr) {
    audited.actor = {.type = core::ActorType::agent, .id = event.agent->text()};
    audited.subject_type = "agent";
    audited.subject_id = event.agent->text();
  }
  if (event.run != nullptr) {
    audited.metadata["agent_id"] = audited.subject_id;
    audited.subject_type = "run";
    audited.subject_id = event.run->to_string();
  }
  return trail_.post(std::move(audited)).has_value();
}

Task<void> AuditedAdmin::append(core::AdminEvent event) {
  return trail_.append(event_of(std::move(event)));
}

void AuditedAdmin::note(core::AdminEvent event) {
  // A refusal stands whether it could be recorded or not.
  (void)trail_.post(event_of(std::move(event)));
}

}  // namespace sovereign::opensentience
