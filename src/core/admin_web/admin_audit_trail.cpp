#include "core/admin_web/admin_audit_trail.hpp"

#include <utility>

namespace sovereign::core {
namespace {

AuditEvent row_of(AdminEvent event) {
  const bool is_attack = event.type == "security.denied" || event.type == "admin.login_failed";
  AuditEvent row{.type = event.type,
                 .severity = is_attack ? Severity::security : Severity::info,
                 .actor = std::move(event.actor),
                 .subject_type = "admin",
                 .subject_id = std::string(event.reason),
                 .correlation_id = std::move(event.correlation_id),
                 .metadata = {{"client", event.client}}};
  if (event.unrecorded > 0) row.metadata["unrecorded"] = event.unrecorded;
  return row;
}

}  // namespace

Task<void> AdminAuditTrail::append(AdminEvent event) {
  auto append = trail_.append(row_of(std::move(event)));
  const auto outcome = co_await std::move(append);
  co_return outcome;
}

void AdminAuditTrail::note(AdminEvent event) { (void)trail_.post(row_of(std::move(event))); }

}  // namespace sovereign::core
