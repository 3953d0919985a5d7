// The field tables of the protocol's messages: names, bounds, and how objects kept elsewhere are
// read and written. Only readers and writers of messages need this header.
#pragma once

#include <array>
#include <tuple>

#include "json/read.hpp"
#include "json/write.hpp"
#include "protocol/envelope.hpp"
#include "protocol/messages.hpp"

namespace sovereign::protocol {

void read_into(json::Reader& reader, const json::Value& value, const json::FieldOptions& options,
               ObjectRef& out);
void read_into(json::Reader& reader, const json::Value& value, const json::FieldOptions& options,
               ArrayRef& out);
void write(std::string& out, const ObjectRef& value);
void write(std::string& out, const ArrayRef& value);
/// The object on one line, whatever space it was sent with.
void write_line(std::string& out, const ObjectRef& value);

// Lengths in code points. Texts without a bound of their own are bounded by the frame.
inline constexpr std::size_t kMaxIdLength = 128;
inline constexpr std::size_t kMaxToolIdLength = 200;
inline constexpr std::size_t kMaxMessageLength = 2000;
inline constexpr std::size_t kUnbounded = std::size_t(-1);
inline constexpr json::FieldOptions kIdText{.min_length = 1, .max_length = kMaxIdLength};
inline constexpr json::FieldOptions kToolIdText{.min_length = 1, .max_length = kMaxToolIdLength};

}  // namespace sovereign::protocol

namespace sovereign::json {

template <>
struct Names<protocol::MessageType> {
  using enum protocol::MessageType;
  static constexpr std::array values = {
      EnumName{agent_hello, "agent.hello"},
      EnumName{core_welcome, "core.welcome"},
      EnumName{core_goodbye, "core.goodbye"},
      EnumName{agent_tools_register, "agent.tools.register"},
      EnumName{core_tools_registered, "core.tools.registered"},
      EnumName{agent_tools_unregister, "agent.tools.unregister"},
      EnumName{core_tools_unregistered, "core.tools.unregistered"},
      EnumName{core_tool_call, "core.tool.call"},
      EnumName{agent_tool_stream, "agent.tool.stream"},
      EnumName{agent_tool_result, "agent.tool.result"},
      EnumName{core_tool_cancel, "core.tool.cancel"},
      EnumName{agent_tool_cancel_ack, "agent.tool.cancel_ack"},
      EnumName{agent_heartbeat, "agent.heartbeat"},
      EnumName{core_ping, "core.ping"},
      EnumName{agent_pong, "agent.pong"},
      EnumName{agent_tool_call, "agent.tool.call"},
      EnumName{core_tool_stream, "core.tool.stream"},
      EnumName{core_tool_result, "core.tool.result"},
      EnumName{agent_tool_cancel, "agent.tool.cancel"},
  };
};

template <>
struct Names<protocol::CallStatus> {
  using enum protocol::CallStatus;
  static constexpr std::array values = {EnumName{succeeded, "succeeded"},
                                        EnumName{failed, "failed"}, EnumName{canceled, "canceled"}};
};

template <>
struct Names<protocol::Channel> {
  using enum protocol::Channel;
  static constexpr std::array values = {
      EnumName{out, "stdout"}, EnumName{err, "stderr"}, EnumName{log, "log"},
      EnumName{partial_result, "partial_result"}, EnumName{status, "status"}};
};

template <>
struct Names<protocol::HeartbeatStatus> {
  using enum protocol::HeartbeatStatus;
  static constexpr std::array values = {EnumName{ok, "ok"}, EnumName{degraded, "degraded"},
                                        EnumName{unhealthy, "unhealthy"}};
};

template <>
struct Names<protocol::ActorKind> {
  using enum protocol::ActorKind;
  static constexpr std::array values = {EnumName{human, "human"}, EnumName{agent, "agent"},
                                        EnumName{system, "system"}};
};

template <>
struct Table<protocol::ProtocolError> {
  using T = protocol::ProtocolError;
  static constexpr std::string_view name = "ProtocolError";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("code", &T::code, protocol::kIdText),
      field("message", &T::message, {.max_length = protocol::kMaxMessageLength}),
      field("details", &T::details, {.max_bytes = 16 * 1024}),
      field("retryable", &T::retryable),
      field("where", &T::where, {.max_length = 200}),
  };
};

template <>
struct Table<protocol::ActorInfo> {
  using T = protocol::ActorInfo;
  static constexpr std::string_view name = "ActorInfo";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("type", &T::type),
      field("id", &T::id, {.max_length = 200}),
      field("display", &T::display, {.max_length = 200}),
  };
};

template <>
struct Table<protocol::Envelope> {
  using T = protocol::Envelope;
  static constexpr std::string_view name = "Envelope";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("v", &T::v),
      field("type", &T::type, protocol::kIdText),
      field("id", &T::id),
      field("ts", &T::ts),
      field("in_reply_to", &T::in_reply_to, protocol::kIdText),
      field("request_id", &T::request_id, protocol::kIdText),
      field("correlation_id", &T::correlation_id, protocol::kIdText),
      field("causation_id", &T::causation_id, protocol::kIdText),
      field("actor", &T::actor),
      field("error", &T::error),
      field("payload", &T::payload),
  };
};

template <>
struct Table<protocol::Offer> {
  using T = protocol::Offer;
  static constexpr std::string_view name = "Offer";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("supported_versions", &T::supported_versions, {.max_items = 32}),
      field("capabilities", &T::capabilities, {.max_length = 64, .max_items = 32}),
  };
};

template <>
struct Table<protocol::SdkInfo> {
  using T = protocol::SdkInfo;
  static constexpr std::string_view name = "SdkInfo";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.max_length = 100}),
      field("version", &T::version, {.max_length = 100}),
  };
};

template <>
struct Table<protocol::Hello> {
  using T = protocol::Hello;
  static constexpr std::string_view name = "Hello";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("session_token", &T::session_token, {.max_length = 200}),
      field("agent_id", &T::agent_id, protocol::kIdText),
      field("agent_version", &T::agent_version, {.max_length = 100}),
      field("manifest_hash", &T::manifest_hash, {.max_length = 200}),
      field("protocol", &T::protocol),
      field("sdk", &T::sdk),
  };
};

template <>
struct Table<protocol::ServerInfo> {
  using T = protocol::ServerInfo;
  static constexpr std::string_view name = "ServerInfo";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("core_version", &T::core_version),
      field("instance_id", &T::instance_id),
  };
};

template <>
struct Table<protocol::Welcome> {
  using T = protocol::Welcome;
  static constexpr std::string_view name = "Welcome";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("accepted_version", &T::accepted_version),
      field("session_id", &T::session_id),
      field("heartbeat_interval_ms", &T::heartbeat_interval_ms, {.minimum = 1}),
      field("max_frame_bytes", &T::max_frame_bytes, {.minimum = 1}),
      field("server", &T::server),
      field("capabilities", &T::capabilities),
  };
};

template <>
struct Table<protocol::Goodbye> {
  using T = protocol::Goodbye;
  static constexpr std::string_view name = "Goodbye";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("reason", &T::reason),
      field("retry_after_ms", &T::retry_after_ms, {.minimum = 0}),
  };
};

template <>
struct Table<protocol::Tool> {
  using T = protocol::Tool;
  static constexpr std::string_view name = "Tool";
  static constexpr Members members = Members::open;
  static constexpr FieldOptions kWords{.min_length = 1, .max_length = 300, .max_items = 64};
  static constexpr auto fields = std::tuple{
      field("tool_id", &T::tool_id, protocol::kToolIdText),
      field("name", &T::name, protocol::kIdText),
      field("description", &T::description),
      field("input_schema", &T::input_schema),
      field("output_schema", &T::output_schema),
      field("capabilities", &T::capabilities, kWords),
      field("side_effects", &T::side_effects),
      field("requires_directive", &T::requires_directive),
      field("tags", &T::tags, kWords),
      field("required_permissions", &T::required_permissions, kWords),
  };
};

template <>
struct Table<protocol::ToolsRegister> {
  using T = protocol::ToolsRegister;
  static constexpr std::string_view name = "ToolsRegister";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("tools", &T::tools, {.max_items = 1024}),
      field("replace", &T::replace),
  };
};

template <>
struct Table<protocol::RejectedTool> {
  using T = protocol::RejectedTool;
  static constexpr std::string_view name = "RejectedTool";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("tool_id", &T::tool_id),
      field("error", &T::error),
  };
};

template <>
struct Table<protocol::ToolsRegistered> {
  using T = protocol::ToolsRegistered;
  static constexpr std::string_view name = "ToolsRegistered";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("registered", &T::registered, {.max_items = 1024}),
      field("rejected", &T::rejected, {.max_items = 1024}),
  };
};

template <>
struct Table<protocol::ToolsUnregister> {
  using T = protocol::ToolsUnregister;
  static constexpr std::string_view name = "ToolsUnregister";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field(
      "tool_ids", &T::tool_ids, {.max_length = protocol::kMaxToolIdLength, .max_items = 1024})};
};

template <>
struct Table<protocol::ToolsUnregistered> {
  using T = protocol::ToolsUnregistered;
  static constexpr std::string_view name = "ToolsUnregistered";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("tool_ids", &T::tool_ids, {.max_items = 1024})};
};

template <>
struct Table<protocol::CallerInfo> {
  using T = protocol::CallerInfo;
  static constexpr std::string_view name = "CallerInfo";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("type", &T::type),
      field("id", &T::id),
  };
};

template <>
struct Table<protocol::ToolCall> {
  using T = protocol::ToolCall;
  static constexpr std::string_view name = "ToolCall";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id),
      field("tool_id", &T::tool_id, protocol::kToolIdText),
      field("input", &T::input),
      field("timeout_ms", &T::timeout_ms, {.minimum = 1}),
      field("idempotency_key", &T::idempotency_key, {.max_length = 255}),
      field("caller", &T::caller),
      field("context", &T::context),
  };
};

template <>
struct Table<protocol::StreamData> {
  using T = protocol::StreamData;
  static constexpr std::string_view name = "StreamData";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("text", &T::text, {.max_length = protocol::kUnbounded}),
      field("json", &T::json),
  };
};

/// Agents' stream messages and, to agents, those of the calls they made.
template <typename T>
constexpr auto stream_fields(FieldOptions call_id) {
  return std::tuple{
      field("call_id", &T::call_id, call_id),
      field("seq", &T::seq, {.minimum = 1}),
      field("channel", &T::channel),
      field("data", &T::data),
      field("done", &T::done),
  };
}

template <>
struct Table<protocol::ToolStream> {
  static constexpr std::string_view name = "ToolStream";
  static constexpr Members members = Members::open;
  static constexpr auto fields = stream_fields<protocol::ToolStream>({});
};

template <>
struct Table<protocol::InvokeStream> {
  static constexpr std::string_view name = "InvokeStream";
  static constexpr Members members = Members::open;
  static constexpr auto fields = stream_fields<protocol::InvokeStream>(protocol::kIdText);
};

template <>
struct Table<protocol::ToolResult> {
  using T = protocol::ToolResult;
  static constexpr std::string_view name = "ToolResult";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id),
      field("status", &T::status),
      field("output", &T::output),
      field("error", &T::error),
      field("started_at", &T::started_at, {.max_length = 64}),
      field("finished_at", &T::finished_at, {.max_length = 64}),
      field("metrics", &T::metrics),
  };
};

template <>
struct Table<protocol::InvokeResult> {
  using T = protocol::InvokeResult;
  static constexpr std::string_view name = "InvokeResult";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id, protocol::kIdText),
      field("status", &T::status),
      field("output", &T::output),
      field("error", &T::error),
  };
};

template <>
struct Table<protocol::ToolCancel> {
  using T = protocol::ToolCancel;
  static constexpr std::string_view name = "ToolCancel";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id),
      field("reason", &T::reason),
      field("deadline_ms", &T::deadline_ms, {.minimum = 0}),
  };
};

template <>
struct Table<protocol::InvokeCancel> {
  using T = protocol::InvokeCancel;
  static constexpr std::string_view name = "InvokeCancel";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id, protocol::kIdText),
      field("reason", &T::reason),
  };
};

template <>
struct Table<protocol::ToolCancelAck> {
  using T = protocol::ToolCancelAck;
  static constexpr std::string_view name = "ToolCancelAck";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id),
      field("accepted", &T::accepted),
      field("note", &T::note),
  };
};

template <>
struct Table<protocol::Heartbeat> {
  using T = protocol::Heartbeat;
  static constexpr std::string_view name = "Heartbeat";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("session_id", &T::session_id, protocol::kIdText),
      field("uptime_ms", &T::uptime_ms, {.minimum = 0}),
      field("inflight_calls", &T::inflight_calls, {.minimum = 0}),
      field("status", &T::status),
      field("details", &T::details),
  };
};

template <>
struct Table<protocol::Ping> {
  using T = protocol::Ping;
  static constexpr std::string_view name = "Ping";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("nonce", &T::nonce, {.max_length = 200})};
};

template <>
struct Table<protocol::Pong> {
  using T = protocol::Pong;
  static constexpr std::string_view name = "Pong";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("nonce", &T::nonce, {.max_length = 200})};
};

template <>
struct Table<protocol::Invoke> {
  using T = protocol::Invoke;
  static constexpr std::string_view name = "Invoke";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("call_id", &T::call_id, protocol::kIdText),
      field("tool_id", &T::tool_id, protocol::kToolIdText),
      field("input", &T::input),
      field("timeout_ms", &T::timeout_ms, {.minimum = 1}),
  };
};

}  // namespace sovereign::json
