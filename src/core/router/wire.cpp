#include "core/router/wire.hpp"

#include "json/write.hpp"
#include "protocol/tables.hpp"

namespace sovereign::core {
namespace {

double milliseconds(std::chrono::microseconds duration) {
  return static_cast<double>(duration.count()) / 1000.0;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

ToolView view_of(const ListedTool& tool) {
  const ToolDeclaration& declared = *tool.declaration;
  ToolView view{.tool_id = declared.id.text(),
                .agent_id = declared.id.agent().text(),
                .name = std::string(declared.id.name()),
                .description = declared.description,
                .input_schema = {declared.input_schema}};
  if (!declared.output_schema.empty()) view.output_schema = json::Raw{declared.output_schema};
  if (declared.streams) view.capabilities.emplace_back("streaming");
  if (declared.can_be_cancelled) view.capabilities.emplace_back("cancellation");
  view.side_effects = declared.has_side_effects;
  view.requires_directive = declared.requires_directive;
  view.tags = declared.tags;
  view.required_permissions = declared.required_permissions;
  view.available = tool.is_registered;
  view.registered_at = tool.registered_at;
  return view;
}

CallAnswer view_of(const CallOutcome& outcome) {
  CallAnswer answer{.call_id = outcome.id.to_string(),
                    .status = std::string(json::name_of(outcome.status)),
                    .duration_ms = milliseconds(outcome.duration),
                    .replayed = outcome.is_replay};
  if (!outcome.output.empty()) answer.output = json::Raw{outcome.output};
  if (outcome.error) {
    answer.error = CallErrorView{.code = outcome.error->code,
                                 .message = outcome.error->message,
                                 .retryable = outcome.error->retryable.value_or(false),
                                 .details = outcome.error->details};
  }
  return answer;
}

CallView view_of(const CallSummary& call) {
  CallView view{.tool_id = call.tool_id,
                .caller_type = std::string(to_string(call.caller.type)),
                .caller_id = call.caller.id,
                .status = call.status,
                .code = unless_empty(call.code),
                .request_id = unless_empty(call.request_id),
                .correlation_id = unless_empty(call.correlation_id),
                .causation_id = unless_empty(call.causation_id),
                .duration_ms = milliseconds(call.duration)};
  if (call.id != CallId{}) view.call_id = call.id.to_string();
  if (call.started_at != base::Timestamp{}) view.started_at = call.started_at;
  return view;
}

ConfirmationView view_of(const Confirmation& confirmation) {
  return {.confirmation_id = confirmation.id.to_string(),
          .tool_id = confirmation.tool_id,
          .caller_type = confirmation.caller_type,
          .caller_id = confirmation.caller_id,
          .input_sha256 = confirmation.input_sha256,
          .input_bytes = confirmation.input_bytes,
          .summary = confirmation.summary,
          .status = confirmation.status,
          .created_at = confirmation.created_at,
          .expires_at = confirmation.expires_at,
          .decided_at = confirmation.decided_at,
          .decided_by = unless_empty(confirmation.decided_by),
          .call_id = unless_empty(confirmation.call_id),
          .result = unless_empty(confirmation.result)};
}

}  // namespace sovereign::core
