// What features tell of themselves, on its way into the audit log.
#pragma once

#include "core/admin_web/admin_audit.hpp"
#include "core/audit/audit_trail.hpp"
#include "core/connections/journal.hpp"

namespace sovereign::opensentience {

class AuditedConnections final : public core::ConnectionJournal {
 public:
  explicit AuditedConnections(core::AuditTrail& trail) : trail_(trail) {}
  bool record(core::ConnectionEvent event) override;

 private:
  core::AuditTrail& trail_;
};

class AuditedAdmin final : public core::AdminAudit {
 public:
  explicit AuditedAdmin(core::AuditTrail& trail) : trail_(trail) {}
  Task<void> append(core::AdminEvent event) override;
  void note(core::AdminEvent event) override;

 private:
  core::AuditTrail& trail_;
};

}  // namespace sovereign::opensentience
