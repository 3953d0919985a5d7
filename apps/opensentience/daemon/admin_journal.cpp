#include "daemon/admin_journal.hpp"

#include <utility>

namespace sovereign::opensentience {
namespace {

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

Task<void> AuditedAdmin::append(core::AdminEvent event) {
  return trail_.append(event_of(std::move(event)));
}

void AuditedAdmin::note(core::AdminEvent event) {
  // A refusal stands whether it could be recorded or not.
  (void)trail_.post(event_of(std::move(event)));
}

}  // namespace sovereign::opensentience
