#include "daemon/launcher_ports.hpp"

#include <filesystem>
#include <utility>

#include "core/manifest/file.hpp"
#include "core/redaction/line_redactor.hpp"
#include "core/redaction/sensitive_names.hpp"

namespace sovereign::opensentience {
namespace {

core::LaunchKind kind_of(core::EntrypointType type) {
  switch (type) {
    case core::EntrypointType::mix_task: return core::LaunchKind::mix_task;
    case core::EntrypointType::release: return core::LaunchKind::release;
    case core::EntrypointType::command: return core::LaunchKind::command;
  }
  return core::LaunchKind::mix_task;
}

core::Severity severity_of(core::RunEventLevel level) {
  switch (level) {
    case core::RunEventLevel::info: return core::Severity::info;
    case core::RunEventLevel::warning: return core::Severity::warn;
    case core::RunEventLevel::error: return core::Severity::error;
  }
  return core::Severity::info;
}

class FilteredLine final : public core::LineFilter {
 public:
  explicit FilteredLine(const core::Redactor& redactor) : redactor_(redactor) {}
  std::string line(std::string_view line) override { return redactor_.line(line); }

 private:
  core::LineRedactor redactor_;
};

}  // namespace

std::optional<core::LaunchableAgent> CatalogAgents::find(const core::AgentId& agent) const {
  const auto record = catalog_.find(agent);
  if (!record) return std::nullopt;
  return core::LaunchableAgent{.id = agent,
                               .origin = record->origin,
                               .install = record->install,
                               .build = record->build,
                               .folder = record->folder(),
                               .manifest_path = record->manifest_path,
                               .commit = record->pin().commit};
}

Result<core::LaunchManifest> CatalogAgents::read_manifest(
    const core::LaunchableAgent& agent) const {
  const std::filesystem::path path(agent.manifest_path);
  auto bytes = core::read_manifest_file(path.parent_path(), path.filename().native());
  if (!bytes) return Failure(std::move(bytes.error()));
  const auto rule =
      agent.origin == core::Origin::local_dev ? core::IdRule::development : core::IdRule::strict;
  const auto reading = core::read_manifest(*bytes, rule);
  if (!reading.is_runnable || !reading.manifest.entrypoint) return core::refuse(reading);
  const auto& entrypoint = *reading.manifest.entrypoint;
  return core::LaunchManifest{
      .hash = reading.hash,
      .permissions_hash = reading.permissions_hash,
      .target = {.kind = kind_of(entrypoint.type), .value = entrypoint.value}};
}

std::optional<core::LaunchApproval> ActiveApprovals::active(const core::AgentId& agent) const {
  auto approval = approvals_.active(agent);
  if (!approval) return std::nullopt;
  return core::LaunchApproval{.id = approval->id,
                              .manifest_hash = approval->pin.manifest_hash,
                              .permissions_hash = approval->pin.permissions_hash,
                              .commit = approval->pin.commit,
                              .folder = approval->pin.folder,
                              .allows_env = [approval](std::string_view name) {
                                return approval->granted.allows_env(name);
                              }};
}

void HubControl::expect(core::ExpectedConnection expected) {
  hub_.expect({.agent = std::move(expected.agent),
               .run = expected.run,
               .token_digest = expected.token_digest,
               .manifest_hash = std::move(expected.manifest_hash),
               .expires = expected.expires});
}

sql::Call AuditedRuns::audit_row(core::RunEvent event, base::Timestamp at) {
  event.metadata["agent_id"] = event.agent.text();
  return core::audit_row({.type = event.type,
                          .severity = severity_of(event.level),
                          .actor = std::move(event.actor),
                          .subject_type = "run",
                          .subject_id = event.run.to_string(),
                          .correlation_id = {},
                          .causation_id = {},
                          .metadata = std::move(event.metadata)},
                         at);
}

std::unique_ptr<core::LineFilter> RedactedLogs::make_filter() {
  return std::make_unique<FilteredLine>(redactor_);
}

std::shared_ptr<void> RedactedLogs::keep_out(std::string_view name, std::string value) {
  if (!core::is_sensitive_name(name)) return nullptr;
  return std::make_shared<core::SecretHandle>(redactor_.add_secret(std::move(value)));
}

void LauncherConnections::connected(core::AgentSession& session) {
  launcher_.connected(session.agent(), session.run());
}

void LauncherConnections::ready(core::AgentSession& session) {
  launcher_.ready(session.agent(), session.run());
}

void LauncherConnections::tools_changed(core::AgentSession&) {}

void LauncherConnections::health_changed(core::AgentSession& session, core::Health health) {
  launcher_.health_changed(session.agent(), session.run(), health);
}

void LauncherConnections::disconnected(const core::Disconnected& event) {
  launcher_.disconnected(event.agent, event.run);
}

}  // namespace sovereign::opensentience
