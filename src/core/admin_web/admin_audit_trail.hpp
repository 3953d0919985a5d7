// The audit log as this feature sees it.
#pragma once

#include "core/admin_web/admin_audit.hpp"
#include "core/audit/audit_trail.hpp"

namespace sovereign::core {

class AdminAuditTrail final : public AdminAudit {
 public:
  /// `trail` must outlive it.
  explicit AdminAuditTrail(AuditTrail& trail) : trail_(trail) {}

  Task<void> append(AdminEvent event) override;
  /// What the log does not take is counted by AuditTrail::refused().
  void note(AdminEvent event) override;

 private:
  AuditTrail& trail_;
};

}  // namespace sovereign::core
