// What happens at the front door, on its way into the audit log.
#pragma once

#include "core/admin_web/admin_audit.hpp"
#include "core/audit/audit_trail.hpp"

namespace sovereign::opensentience {

class AuditedAdmin final : public core::AdminAudit {
 public:
  explicit AuditedAdmin(core::AuditTrail& trail) : trail_(trail) {}
  Task<void> append(core::AdminEvent event) override;
  void note(core::AdminEvent event) override;

 private:
  core::AuditTrail& trail_;
};

}  // namespace sovereign::opensentience
