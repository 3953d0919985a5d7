// Tools, calls and confirmations as the HTTP API shows them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/router/call.hpp"
#include "core/router/confirmations.hpp"
#include "core/router/tool_registry.hpp"
#include "json/table.hpp"

namespace sovereign::core {

struct ToolView {
  std::string tool_id;
  std::string agent_id;
  std::string name;
  std::string description;
  json::Raw input_schema;
  std::optional<json::Raw> output_schema;
  std::vector<std::string> capabilities;
  bool side_effects = false;
  bool requires_directive = false;
  std::vector<std::string> tags;
  std::vector<std::string> required_permissions;
  bool available = false;
  base::Timestamp registered_at{};
};

struct ToolList {
  std::vector<ToolView> tools;
};

struct ToolQuery {
  std::optional<std::string> agent;
};

/// The body of a call; `input` is read from the text beside it.
struct CallBody {
  json::Value input;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> correlation_id;
};

struct CallErrorView {
  std::string code;
  std::string message;
  bool retryable = false;
  std::optional<json::Raw> details;
};

struct CallAnswer {
  std::string call_id;
  std::string status;
  std::optional<json::Raw> output;
  std::optional<CallErrorView> error;
  double duration_ms = 0;
  bool replayed = false;
};

struct CallView {
  std::optional<std::string> call_id;
  std::string tool_id;
  std::string caller_type;
  std::string caller_id;
  std::string status;
  std::optional<std::string> code;
  std::optional<std::string> request_id;
  std::optional<std::string> correlation_id;
  std::optional<std::string> causation_id;
  std::optional<base::Timestamp> started_at;
  double duration_ms = 0;
};

struct CallList {
  std::vector<CallView> calls;
};

struct CancelAnswer {
  std::string call_id;
  std::string status;
};

struct ConfirmationView {
  std::string confirmation_id;
  std::string tool_id;
  std::string caller_type;
  std::string caller_id;
  std::string input_sha256;
  std::int64_t input_bytes = 0;
  std::string summary;
  std::string status;
  base::Timestamp created_at{};
  base::Timestamp expires_at{};
  std::optional<base::Timestamp> decided_at;
  std::optional<std::string> decided_by;
  std::optional<std::string> call_id;
  std::optional<std::string> result;
};

struct ConfirmationList {
  std::vector<ConfirmationView> confirmations;
};

struct DecisionBody {
  ConfirmationDecision decision = ConfirmationDecision::deny;
};

/// What a decision led to. `outcome` is there when the call was carried out.
struct DecisionAnswer {
  ConfirmationView confirmation;
  std::optional<CallAnswer> outcome;
};

ToolView view_of(const ListedTool& tool);
CallAnswer view_of(const CallOutcome& outcome);
CallView view_of(const CallSummary& call);
ConfirmationView view_of(const Confirmation& confirmation);

}  // namespace sovereign::core

namespace sovereign::json {

template <>
struct Names<core::ConfirmationDecision> {
  static constexpr std::array values = {EnumName{core::ConfirmationDecision::approve, "approve"},
                                        EnumName{core::ConfirmationDecision::deny, "deny"}};
};

template <>
struct Table<core::ToolView> {
  using T = core::ToolView;
  static constexpr std::string_view name = "Tool";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("tool_id", &T::tool_id, {.description = "`<agent_id>/<name>`."}),
      field("agent_id", &T::agent_id),
      field("name", &T::name),
      field("description", &T::description),
      field("input_schema", &T::input_schema, {.description = "JSON Schema of the input."}),
      field("output_schema", &T::output_schema),
      field("capabilities", &T::capabilities, {.description = "streaming, cancellation."}),
      field("side_effects", &T::side_effects),
      field("requires_directive", &T::requires_directive,
            {.description = "Every call waits for a person's confirmation."}),
      field("tags", &T::tags),
      field("required_permissions", &T::required_permissions),
      field("available", &T::available,
            {.description = "Its agent is connected; else it is what the agent had last."}),
      field("registered_at", &T::registered_at)};
};

template <>
struct Table<core::ToolList> {
  static constexpr std::string_view name = "ToolList";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("tools", &core::ToolList::tools)};
};

template <>
struct Table<core::ToolQuery> {
  static constexpr std::string_view name = "ToolQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("agent", &core::ToolQuery::agent,
                       {.description = "Only the tools of this agent.", .max_length = 128})};
};

template <>
struct Table<core::CallBody> {
  using T = core::CallBody;
  static constexpr std::string_view name = "ToolCallRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("input", &T::input,
            {.description = "An object, as the tool's input_schema wants it.",
             .example = R"({"name":"world"})"}),
      field("timeout_ms", &T::timeout_ms,
            {.description = "Shorter limits of the agent and the operator win.",
             .minimum = 1,
             .maximum = 600000}),
      field("idempotency_key", &T::idempotency_key,
            {.description = "The same key and input within ten minutes is the same call.",
             .min_length = 1,
             .max_length = 255}),
      field("correlation_id", &T::correlation_id, {.min_length = 1, .max_length = 128})};
};

template <>
struct Table<core::CallErrorView> {
  using T = core::CallErrorView;
  static constexpr std::string_view name = "ToolError";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("code", &T::code), field("message", &T::message),
                 field("retryable", &T::retryable), field("details", &T::details)};
};

template <>
struct Table<core::CallAnswer> {
  using T = core::CallAnswer;
  static constexpr std::string_view name = "ToolCallResult";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("call_id", &T::call_id),
                 field("status", &T::status, {.description = "succeeded, failed or canceled."}),
                 field("output", &T::output),
                 field("error", &T::error),
                 field("duration_ms", &T::duration_ms),
                 field("replayed", &T::replayed,
                       {.description = "An earlier call with the same idempotency key ended so."})};
};

template <>
struct Table<core::CallView> {
  using T = core::CallView;
  static constexpr std::string_view name = "ToolCall";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id, {.description = "Left out for a call that was refused."}),
      field("tool_id", &T::tool_id),
      field("caller_type", &T::caller_type),
      field("caller_id", &T::caller_id),
      field("status", &T::status,
            {.description = "running, succeeded, failed, canceled or refused."}),
      field("code", &T::code),
      field("request_id", &T::request_id),
      field("correlation_id", &T::correlation_id),
      field("causation_id", &T::causation_id),
      field("started_at", &T::started_at),
      field("duration_ms", &T::duration_ms)};
};

template <>
struct Table<core::CallList> {
  static constexpr std::string_view name = "ToolCallList";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("calls", &core::CallList::calls)};
};

template <>
struct Table<core::CancelAnswer> {
  using T = core::CancelAnswer;
  static constexpr std::string_view name = "ToolCallCancellation";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("call_id", &T::call_id), field("status", &T::status)};
};

template <>
struct Table<core::ConfirmationView> {
  using T = core::ConfirmationView;
  static constexpr std::string_view name = "Confirmation";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("confirmation_id", &T::confirmation_id),
      field("tool_id", &T::tool_id),
      field("caller_type", &T::caller_type),
      field("caller_id", &T::caller_id),
      field("input_sha256", &T::input_sha256),
      field("input_bytes", &T::input_bytes),
      field("summary", &T::summary, {.description = "Of the input, with secrets left out."}),
      field("status", &T::status,
            {.description = "pending, approved, denied, expired or executed."}),
      field("created_at", &T::created_at),
      field("expires_at", &T::expires_at),
      field("decided_at", &T::decided_at),
      field("decided_by", &T::decided_by),
      field("call_id", &T::call_id),
      field("result", &T::result,
            {.description = "How the call ended: succeeded, or the code of what went wrong."})};
};

template <>
struct Table<core::ConfirmationList> {
  static constexpr std::string_view name = "ConfirmationList";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("confirmations", &core::ConfirmationList::confirmations)};
};

template <>
struct Table<core::DecisionBody> {
  static constexpr std::string_view name = "ConfirmationDecision";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("decision", &core::DecisionBody::decision, {.description = "approve or deny."})};
};

template <>
struct Table<core::DecisionAnswer> {
  using T = core::DecisionAnswer;
  static constexpr std::string_view name = "ConfirmationOutcome";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("confirmation", &T::confirmation), field("outcome", &T::outcome)};
};

}  // namespace sovereign::json
