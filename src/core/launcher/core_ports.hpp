// The launcher's ports, connected to the features that stand behind them. All they are given must
// outlive them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/audit/audit_event.hpp"
#include "core/catalog/catalog.hpp"
#include "core/connections/hub.hpp"
#include "core/events/event_bus.hpp"
#include "core/launcher/launcher.hpp"
#include "core/launcher/ports.hpp"
#include "core/permissions/approvals.hpp"
#include "core/redaction/line_redactor.hpp"

namespace sovereign::core {

class CatalogAgents final : public AgentSource {
 public:
  explicit CatalogAgents(Catalog& catalog) : catalog_(catalog) {}
  std::optional<LaunchableAgent> find(const AgentId& agent) const override;
  Result<LaunchManifest> read_manifest(const LaunchableAgent& agent) const override;
  void set_live(const AgentId& agent, LiveState live) override;

 private:
  Catalog& catalog_;
};

class GivenApprovals final : public ApprovalSource {
 public:
  explicit GivenApprovals(const Approvals& approvals) : approvals_(approvals) {}
  std::optional<LaunchApproval> active(const AgentId& agent) const override;

 private:
  const Approvals& approvals_;
};

class HubConnections final : public ConnectionControl {
 public:
  explicit HubConnections(Hub& hub) : hub_(hub) {}
  void expect(ExpectedConnection expected) override;
  void set_process(RunId run, pid_t pid, int pidfd) override;
  void withdraw(RunId run, std::string_view reason) override;

 private:
  Hub& hub_;
};

class AuditedRuns final : public RunJournal {
 public:
  explicit AuditedRuns(EventBus& events) : events_(events) {}
  sql::Call audit_row(RunEvent event, base::Timestamp at) override;
  void publish(std::string_view type, std::string_view subject, json::Object data) override;

 private:
  EventBus& events_;
};

class RedactedLogs final : public LogRedaction {
 public:
  explicit RedactedLogs(Redactor& redactor) : redactor_(redactor) {}
  std::unique_ptr<LineFilter> make_filter() override;
  /// Values of sensitive names only.
  std::shared_ptr<void> keep_out(std::string_view name, std::string value) override;

 private:
  Redactor& redactor_;
};

/// Tells the launcher what the hub sees.
class LauncherObserver final : public ConnectionObserver {
 public:
  explicit LauncherObserver(Launcher& launcher) : launcher_(launcher) {}
  void connected(AgentSession& session) override;
  void ready(AgentSession& session) override;
  void tools_changed(AgentSession& session) override;
  void health_changed(AgentSession& session, Health health) override;
  void disconnected(const Disconnected& event) override;

 private:
  Launcher& launcher_;
};

/// Stops what may not run any more, from now on.
void follow_approvals(Approvals& approvals, Launcher& launcher);

}  // namespace sovereign::core
