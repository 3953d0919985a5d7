#include "core/launcher/core_ports.hpp"

#include <filesystem>
#include <utility>

#include "core/manifest/file.hpp"
#include "core/redaction/sensitive_names.hpp"

namespace sovereign::core {
namespace {

LaunchKind kind_of(EntrypointType type) {
  switch (type) {
    case EntrypointType::mix_task: return LaunchKind::mix_task;
    case EntrypointType::release: return LaunchKind::release;
    case EntrypointType::command: return LaunchKind::command;
  }
  return LaunchKind::command;
}

Severity severity_of(RunEventLevel level) {
  switch (level) {
    case RunEventLevel::info: return Severity::info;
    case RunEventLevel::warning: return Severity::warn;
    case RunEventLevel::error: return Severity::error;
    case RunEventLevel::security: return Severity::security;
  }
  return Severity::error;
}

struct RedactedLines final : LineFilter {
  explicit RedactedLines(const Redactor& redactor) : redactor_(redactor) {}
  std::string line(std::string_view line) override { return redactor_.line(line); }
  LineRedactor redactor_;
};

}  // namespace

std::optional<LaunchableAgent> CatalogAgents::find(const AgentId& agent) const {
  const auto record = catalog_.find(agent);
  if (!record) return std::nullopt;
  return LaunchableAgent{.id = record->id,
                         .origin = record->origin,
                         .install = record->install,
                         .build = record->build,
                         .folder = record->folder(),
                         .manifest_path = record->manifest_path,
                         .commit = record->pin().commit};
}

Result<LaunchManifest> CatalogAgents::read_manifest(const LaunchableAgent& agent) const {
  const std::filesystem::path path(agent.manifest_path);
  auto bytes = read_manifest_file(path.parent_path(), path.filename().native());
  if (!bytes) return Failure(std::move(bytes.error()));
  const auto rule = agent.origin == Origin::local_dev ? IdRule::development : IdRule::strict;
  const ManifestReading reading = core::read_manifest(*bytes, rule);
  if (!reading.is_runnable || !reading.manifest.entrypoint) return refuse(reading);
  if (reading.id != agent.id) {
    return fail(CoreCode::manifest_invalid, "The manifest names another agent now.");
  }
  const Entrypoint& entrypoint = *reading.manifest.entrypoint;
  return LaunchManifest{.hash = reading.hash,
                        .permissions_hash = reading.permissions_hash,
                        .target = {kind_of(entrypoint.type), entrypoint.value}};
}

void CatalogAgents::set_live(const AgentId& agent, LiveState live) {
  catalog_.set_live(agent, live);
}

std::optional<LaunchApproval> GivenApprovals::active(const AgentId& agent) const {
  auto approval = approvals_.active(agent);
  if (!approval) return std::nullopt;
  return LaunchApproval{.id = approval->id,
                        .manifest_hash = approval->pin.manifest_hash,
                        .permissions_hash = approval->pin.permissions_hash,
                        .commit = approval->pin.commit,
                        .folder = approval->pin.folder,
                        .allows_env = [approval](std::string_view name) {
                          return approval->granted.allows_env(name);
                        }};
}

void HubConnections::expect(ExpectedConnection expected) {
  hub_.expect({.agent = std::move(expected.agent),
               .run = expected.run,
               .token_digest = expected.token_digest,
               .manifest_hash = std::move(expected.manifest_hash),
               .expires = expected.expires});
}

void HubConnections::set_process(RunId run, pid_t pid, int pidfd) {
  hub_.set_process(run, pid, pidfd);
}

void HubConnections::withdraw(RunId run, std::string_view reason) { hub_.withdraw(run, reason); }

sql::Call AuditedRuns::audit_row(RunEvent event, base::Timestamp at) {
  event.metadata["agent_id"] = event.agent.text();
  return core::audit_row({.type = event.type,
                          .severity = severity_of(event.level),
                          .actor = std::move(event.actor),
                          .subject_type = event.run ? "run" : "agent",
                          .subject_id = event.run ? event.run->to_string() : event.agent.text(),
                          .metadata = std::move(event.metadata)},
                         at);
}

void AuditedRuns::publish(std::string_view type, std::string_view subject, json::Object data) {
  events_.publish(type, subject, std::move(data));
}

std::unique_ptr<LineFilter> RedactedLogs::make_filter() {
  return std::make_unique<RedactedLines>(redactor_);
}

std::shared_ptr<void> RedactedLogs::keep_out(std::string_view name, std::string value) {
  if (!is_sensitive_name(name)) return nullptr;
  return std::make_shared<SecretHandle>(redactor_.add_secret(std::move(value)));
}

void LauncherObserver::connected(AgentSession& session) {
  launcher_.connected(session.agent(), session.run());
}

void LauncherObserver::ready(AgentSession& session) {
  launcher_.ready(session.agent(), session.run());
}

void LauncherObserver::tools_changed(AgentSession&) {}

void LauncherObserver::health_changed(AgentSession& session, Health health) {
  launcher_.health_changed(session.agent(), session.run(), health);
}

void LauncherObserver::disconnected(const Disconnected& event) {
  launcher_.disconnected(event.agent, event.run);
}

void follow_approvals(Approvals& approvals, Launcher& launcher) {
  approvals.on_change([&launcher](const AgentId& agent, ApprovalChange change) {
    if (change == ApprovalChange::suspended) launcher.approval_ended(agent, "disabled");
    if (change == ApprovalChange::revoked) launcher.approval_ended(agent, "revoked");
  });
}

}  // namespace sovereign::core
