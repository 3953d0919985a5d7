// The launcher's view of the rest of the Core.
#pragma once

#include <memory>
#include <string>

#include "core/audit/audit_event.hpp"
#include "core/catalog/catalog.hpp"
#include "core/connections/hub.hpp"
#include "core/events/event_bus.hpp"
#include "core/launcher/launcher.hpp"
#include "core/launcher/ports.hpp"
#include "core/permissions/approvals.hpp"
#include "core/redaction/redactor.hpp"

namespace sovereign::opensentience {

class CatalogAgents final : public core::AgentSource {
 public:
  /// `catalog` must outlive it; so for the others below.
  explicit CatalogAgents(core::Catalog& catalog) : catalog_(catalog) {}
  std::optional<core::LaunchableAgent> find(const core::AgentId& agent) const override;
  Result<core::LaunchManifest> read_manifest(const core::LaunchableAgent& agent) const override;
  void set_live(const core::AgentId& agent, core::LiveState live) override {
    catalog_.set_live(agent, live);
  }

 private:
  core::Catalog& catalog_;
};

class ActiveApprovals final : public core::ApprovalSource {
 public:
  explicit ActiveApprovals(const core::Approvals& approvals) : approvals_(approvals) {}
  std::optional<core::LaunchApproval> active(const core::AgentId& agent) const override;

 private:
  const core::Approvals& approvals_;
};

class HubControl final : public core::ConnectionControl {
 public:
  explicit HubControl(core::Hub& hub) : hub_(hub) {}
  void expect(core::ExpectedConnection expected) override;
  void set_process(core::RunId run, pid_t pid, int pidfd) override {
    hub_.set_process(run, pid, pidfd);
  }
  void withdraw(core::RunId run, std::string_view reason) override { hub_.withdraw(run, reason); }

 private:
  core::Hub& hub_;
};

class AuditedRuns final : public core::RunJournal {
 public:
  explicit AuditedRuns(core::EventBus& events) : events_(events) {}
  sql::Call audit_row(core::RunEvent event, base::Timestamp at) override;
  void publish(std::string_view type, std::string_view subject, json::Object data) override {
    events_.publish(type, subject, std::move(data));
  }

 private:
  core::EventBus& events_;
};

class RedactedLogs final : public core::LogRedaction {
 public:
  explicit RedactedLogs(core::Redactor& redactor) : redactor_(redactor) {}
  std::unique_ptr<core::LineFilter> make_filter() override;
  std::shared_ptr<void> keep_out(std::string_view name, std::string value) override;

 private:
  core::Redactor& redactor_;
};

/// Tells the launcher what becomes of its agents' connections.
class LauncherConnections final : public core::ConnectionObserver {
 public:
  explicit LauncherConnections(core::Launcher& launcher) : launcher_(launcher) {}
  void connected(core::AgentSession& session) override;
  void ready(core::AgentSession& session) override;
  void tools_changed(core::AgentSession& session) override;
  void health_changed(core::AgentSession& session, core::Health health) override;
  void disconnected(const core::Disconnected& event) override;

 private:
  core::Launcher& launcher_;
};

}  // namespace sovereign::opensentience
