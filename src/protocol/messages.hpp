// The messages of the runtime protocol, version 1, both directions, as plain structs with field
// tables (json/table.hpp), so that reading and writing follow one description. Texts are views: of
// a received message into its document (valid while its Inbox::Received is), of one to send into
// whatever the sender keeps. See docs/protocol.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "json/parse.hpp"
#include "json/table.hpp"

namespace sovereign::protocol {

inline constexpr std::int64_t kVersion = 1;

/// A JSON object kept elsewhere: in the received document, or (to send) as prepared text.
struct ObjectRef {
  const json::Object* object = nullptr;  ///< Of a received message: never null.
  /// One JSON object; goes before `object`. Of a received input, output or partial result: as it
  /// was sent, since numbers may have more digits than a value holds; empty where that is not
  /// found.
  std::string_view text;
};

/// A JSON array kept in the received document, or prepared as text.
struct ArrayRef {
  const json::Array* array = nullptr;
  std::string_view text;
};

/// The error shape of the envelope and of results. Safe to show: never a secret or a stack trace.
struct ProtocolError {
  std::string code;     ///< Stable and dotted: of core/errors.hpp, or an agent's own.
  std::string message;  ///< One sentence.
  std::optional<json::Raw> details = {};
  std::optional<bool> retryable = {};
  std::optional<std::string> where = {};

  bool operator==(const ProtocolError&) const = default;
};

enum class MessageType : std::uint8_t {
  agent_hello,
  core_welcome,
  core_goodbye,
  agent_tools_register,
  core_tools_registered,
  agent_tools_unregister,
  core_tools_unregistered,
  core_tool_call,
  agent_tool_stream,
  agent_tool_result,
  core_tool_cancel,
  agent_tool_cancel_ack,
  agent_heartbeat,
  core_ping,
  agent_pong,
  agent_tool_call,  ///< Of the extension `invoke`, as the three below.
  core_tool_stream,
  core_tool_result,
  agent_tool_cancel,
};

enum class CallStatus : std::uint8_t { succeeded, failed, canceled };
enum class Channel : std::uint8_t { out, err, log, partial_result, status };
enum class HeartbeatStatus : std::uint8_t { ok, degraded, unhealthy };

/// A capability that both sides list: agents may call other agents' tools through the Core.
inline constexpr std::string_view kInvoke = "invoke";

struct Offer {
  std::vector<std::int64_t> supported_versions;
  std::vector<std::string_view> capabilities;
};

struct SdkInfo {
  std::string_view name;
  std::string_view version;
};

struct Hello {
  static constexpr MessageType kType = MessageType::agent_hello;
  std::string_view session_token;  ///< A secret: never logged, never kept.
  std::string_view agent_id;
  std::string_view agent_version;
  std::optional<std::string_view> manifest_hash;
  Offer protocol;
  std::optional<SdkInfo> sdk;
};

struct ServerInfo {
  std::string_view core_version;
  std::string_view instance_id;
};

/// A refusal has an empty payload and the envelope's error instead.
struct Welcome {
  static constexpr MessageType kType = MessageType::core_welcome;
  std::int64_t accepted_version = kVersion;
  std::string_view session_id;
  std::int64_t heartbeat_interval_ms = 0;
  std::int64_t max_frame_bytes = 0;
  ServerInfo server;
  std::optional<std::vector<std::string_view>> capabilities;  ///< What the Core offers.
};

struct Goodbye {
  static constexpr MessageType kType = MessageType::core_goodbye;
  std::string_view reason;
  std::optional<std::int64_t> retry_after_ms;
};

/// One tool as its agent describes it.
struct Tool {
  std::string_view tool_id;  ///< `<agent_id>/<name>`.
  std::string_view name;
  std::string_view description;
  ObjectRef input_schema;
  std::optional<ObjectRef> output_schema;
  std::optional<std::vector<std::string_view>> capabilities;  ///< streaming, cancellation.
  std::optional<bool> side_effects;
  std::optional<bool> requires_directive;
  std::optional<std::vector<std::string_view>> tags;
  std::optional<std::vector<std::string_view>> required_permissions;
};

/// The tools are read one by one (read_tool), since each is accepted or rejected for itself.
struct ToolsRegister {
  static constexpr MessageType kType = MessageType::agent_tools_register;
  ArrayRef tools;
  std::optional<bool> replace;
};

struct RejectedTool {
  std::string tool_id;
  ProtocolError error;
};

struct ToolsRegistered {
  static constexpr MessageType kType = MessageType::core_tools_registered;
  std::vector<std::string_view> registered;
  std::optional<std::vector<RejectedTool>> rejected;
};

struct ToolsUnregister {
  static constexpr MessageType kType = MessageType::agent_tools_unregister;
  std::vector<std::string_view> tool_ids;
};

struct ToolsUnregistered {
  static constexpr MessageType kType = MessageType::core_tools_unregistered;
  std::vector<std::string_view> tool_ids;
};

struct CallerInfo {
  std::string_view type;
  std::string_view id;
};

struct ToolCall {
  static constexpr MessageType kType = MessageType::core_tool_call;
  base::Uuid call_id;
  std::string_view tool_id;
  ObjectRef input;
  std::optional<std::int64_t> timeout_ms;
  std::optional<std::string_view> idempotency_key;
  std::optional<CallerInfo> caller;
  std::optional<ObjectRef> context;
};

/// `text`, or for Channel::partial_result `json`.
struct StreamData {
  std::optional<std::string_view> text;
  std::optional<ObjectRef> json;
};

struct ToolStream {
  static constexpr MessageType kType = MessageType::agent_tool_stream;
  base::Uuid call_id;
  std::int64_t seq = 0;  ///< From 1, rising.
  Channel channel = Channel::out;
  StreamData data;
  std::optional<bool> done;
};

struct ToolResult {
  static constexpr MessageType kType = MessageType::agent_tool_result;
  base::Uuid call_id;
  CallStatus status = CallStatus::failed;
  std::optional<ObjectRef> output;
  std::optional<ProtocolError> error;
  std::optional<std::string_view> started_at;
  std::optional<std::string_view> finished_at;
  std::optional<ObjectRef> metrics;
};

struct ToolCancel {
  static constexpr MessageType kType = MessageType::core_tool_cancel;
  base::Uuid call_id;
  std::optional<std::string_view> reason;
  std::optional<std::int64_t> deadline_ms;
};

struct ToolCancelAck {
  static constexpr MessageType kType = MessageType::agent_tool_cancel_ack;
  base::Uuid call_id;
  bool accepted = false;
  std::optional<std::string_view> note;
};

struct Heartbeat {
  static constexpr MessageType kType = MessageType::agent_heartbeat;
  std::string_view session_id;
  std::int64_t uptime_ms = 0;
  std::int64_t inflight_calls = 0;
  HeartbeatStatus status = HeartbeatStatus::ok;
  std::optional<ObjectRef> details;
};

struct Ping {
  static constexpr MessageType kType = MessageType::core_ping;
  std::string_view nonce;
};

struct Pong {
  static constexpr MessageType kType = MessageType::agent_pong;
  std::string_view nonce;
};

// The extension `invoke`. The agent chooses the call ids, which are its own affair: texts.

struct Invoke {
  static constexpr MessageType kType = MessageType::agent_tool_call;
  std::string_view call_id;
  std::string_view tool_id;
  ObjectRef input;
  std::optional<std::int64_t> timeout_ms;
};

struct InvokeStream {
  static constexpr MessageType kType = MessageType::core_tool_stream;
  std::string_view call_id;
  std::int64_t seq = 0;
  Channel channel = Channel::out;
  StreamData data;
  std::optional<bool> done;
};

struct InvokeResult {
  static constexpr MessageType kType = MessageType::core_tool_result;
  std::string_view call_id;
  CallStatus status = CallStatus::failed;
  std::optional<ObjectRef> output;
  std::optional<ProtocolError> error;
};

struct InvokeCancel {
  static constexpr MessageType kType = MessageType::agent_tool_cancel;
  std::string_view call_id;
  std::optional<std::string_view> reason;
};

}  // namespace sovereign::protocol
