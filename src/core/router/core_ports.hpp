// The router's ports on the real Core: approvals and catalog, audit trail, event bus, redactor.
#pragma once

#include "core/audit/audit_trail.hpp"
#include "core/catalog/catalog.hpp"
#include "core/events/event_bus.hpp"
#include "core/permissions/approvals.hpp"
#include "core/redaction/redactor.hpp"
#include "core/router/ports.hpp"

namespace sovereign::core {

/// All that the adapters below are given must outlive them.
class CoreAgentFacts final : public AgentFacts {
 public:
  CoreAgentFacts(const Approvals& approvals, const Catalog& catalog)
      : approvals_(approvals), catalog_(catalog) {}

  GrantToken grant(const AgentId& agent) const override;
  bool covers(const GrantToken& grant, std::string_view permission) const override;
  bool may_call(const GrantToken& grant, const ToolId& tool) const override;
  bool is_starting(const AgentId& agent) const override;
  /// Reads the manifest, a small file, once a connection. None of it when it is not the manifest
  /// that the catalog knows.
  DeclaredCallLimits declared_limits(const AgentId& agent) const override;

 private:
  const Approvals& approvals_;
  const Catalog& catalog_;
};

class CoreAuditSink final : public AuditSink {
 public:
  explicit CoreAuditSink(AuditTrail& trail) : trail_(trail) {}

  Result<void> post(AuditFact fact) override;
  sql::Call row(AuditFact fact, base::Timestamp at) override;

 private:
  AuditTrail& trail_;
};

class CoreEventSink final : public EventSink {
 public:
  explicit CoreEventSink(EventBus& bus) : bus_(bus) {}

  void publish(std::string_view type, std::string_view subject, json::Object data) override {
    bus_.publish(type, subject, std::move(data));
  }

 private:
  EventBus& bus_;
};

class RedactedSummary final : public InputSummary {
 public:
  explicit RedactedSummary(const Redactor& redactor) : redactor_(redactor) {}

  std::string summarise(const json::Value& input) const override;

 private:
  const Redactor& redactor_;
};

/// What of a manifest's execution_limits concerns calls.
DeclaredCallLimits call_limits_of(const DeclaredLimits& declared);

}  // namespace sovereign::core
