#include "core/router/core_ports.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include "core/manifest/file.hpp"
#include "core/manifest/manifest.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kMostSummary = 2000;  // Bytes.
constexpr RedactionBounds kSummaryBounds{.depth = 4,
                                         .members = 20,
                                         .items = 10,
                                         .name = 64,
                                         .string = 120,
                                         .bulk_string = 120,
                                         .total = kMostSummary};

const Approval& approval_of(const GrantToken& grant) {
  return *static_cast<const Approval*>(grant.get());
}

Severity severity_of(AuditFact::Severity severity) {
  switch (severity) {
    case AuditFact::Severity::info: return Severity::info;
    case AuditFact::Severity::warning: return Severity::warn;
    case AuditFact::Severity::error: return Severity::error;
    case AuditFact::Severity::security: return Severity::security;
  }
  return Severity::info;
}

AuditEvent event_of(AuditFact fact) {
  return {.type = fact.type,
          .severity = severity_of(fact.severity),
          .actor = std::move(fact.actor),
          .subject_type = std::string(fact.subject_type),
          .subject_id = std::move(fact.subject_id),
          .correlation_id = std::move(fact.correlation_id),
          .causation_id = std::move(fact.causation_id),
          .metadata = std::move(fact.metadata)};
}

}  // namespace

GrantToken CoreAgentFacts::grant(const AgentId& agent) const { return approvals_.active(agent); }

bool CoreAgentFacts::covers(const GrantToken& grant, std::string_view permission) const {
  const auto wanted = Permission::parse(permission);
  return wanted && approval_of(grant).granted.covers(*wanted);
}

bool CoreAgentFacts::may_call(const GrantToken& grant, const ToolId& tool) const {
  return approval_of(grant).granted.allows_tool(tool);
}

bool CoreAgentFacts::is_starting(const AgentId& agent) const {
  const auto record = catalog_.find(agent);
  if (record == nullptr) return false;
  const RunState run = record->live.run;
  return run == RunState::starting || run == RunState::backoff ||
         (run == RunState::running && record->live.connection != ConnectionState::ready);
}

DeclaredCallLimits CoreAgentFacts::declared_limits(const AgentId& agent) const {
  const auto record = catalog_.find(agent);
  if (record == nullptr || record->manifest_path.empty()) return {};
  const std::filesystem::path folder = record->folder();
  const auto relative = std::filesystem::path(record->manifest_path).lexically_relative(folder);
  const auto text = read_manifest_file(folder, relative.string());
  if (!text) return {};
  const auto reading = read_manifest(*text, IdRule::development);
  if (reading.hash != record->manifest_hash) return {};
  return call_limits_of(reading.manifest.limits);
}

Result<void> CoreAuditSink::post(AuditFact fact) { return trail_.post(event_of(std::move(fact))); }

sql::Call CoreAuditSink::row(AuditFact fact, base::Timestamp at) {
  return audit_row(event_of(std::move(fact)), at);
}

std::string RedactedSummary::summarise(const json::Value& input) const {
  std::string text = json::to_text(redactor_.value(input, nullptr, kSummaryBounds));
  if (text.size() <= kMostSummary) return text;
  // Names and punctuation can make it longer than the bounds of its values say.
  std::size_t end = kMostSummary;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

DeclaredCallLimits call_limits_of(const DeclaredLimits& declared) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
  DeclaredCallLimits limits;
  if (declared.max_tool_call_ms) {
    const auto most = std::min(declared.max_tool_call_ms->value, kMost);
    limits.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(most));
  }
  if (declared.max_concurrent_calls) limits.concurrency = declared.max_concurrent_calls->value;
  if (declared.rate_limit && declared.rate_period.count() > 0) {
    limits.rate = http::RatePolicy{
        .requests = static_cast<std::uint32_t>(std::min(declared.rate_limit->value, kMost)),
        .window = declared.rate_period};
  }
  return limits;
}

}  // namespace sovereign::core
