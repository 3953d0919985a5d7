// Reading messages: one frame's bytes into an envelope, its payload into a message. Strict JSON
// (json/parse.hpp); the memory of the document is reused from frame to frame.
#pragma once

#include <boost/json/monotonic_resource.hpp>

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "protocol/messages.hpp"

namespace sovereign::protocol {

enum class ActorKind : std::uint8_t { human, agent, system };

/// Who a message is sent on behalf of: information, never authority.
struct ActorInfo {
  ActorKind type = ActorKind::system;
  std::string_view id;
  std::optional<std::string_view> display;
};

/// What every message has. Unknown members are ignored.
struct Envelope {
  std::int64_t v = kVersion;
  std::string_view type;
  base::Uuid id;
  base::Timestamp ts;
  std::optional<std::string_view> in_reply_to;
  std::optional<std::string_view> request_id;
  std::optional<std::string_view> correlation_id;
  std::optional<std::string_view> causation_id;
  std::optional<ActorInfo> actor;
  std::optional<ProtocolError> error;
  ObjectRef payload;
};

/// Why a frame is no message of ours. The connection cannot go on after any of them.
enum class BadMessage {
  frame,     ///< protocol.bad_frame: not UTF-8, not strict JSON, not an object.
  envelope,  ///< protocol.bad_envelope: a member is missing or wrong.
  version,   ///< protocol.version_unsupported: `v` is not 1.
};

struct Refusal {
  BadMessage what = BadMessage::frame;
  std::string detail;  ///< Which member or byte, never its value.
};

/// Nothing when `name` is no type of version 1.
std::optional<MessageType> parse_type(std::string_view name);
std::string_view to_string(MessageType type);

/// Reads one message at a time.
class Inbox {
 public:
  Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// The envelope of `text`, without the length prefix. It and what was read from its payload are
  /// valid until the next read(), ObjectRef::text as long as `text`.
  std::expected<Envelope, Refusal> read(std::string_view text);

  /// The payload of the last envelope as an `M`, which must be of its type. Error: `unprocessable`
  /// with each problem's place.
  template <typename M>
  Result<M> payload() const;

  /// Gives back the memory that a large message took.
  void release();

 private:
  static constexpr std::size_t kUsualBytes = 16 * 1024;

  std::array<unsigned char, kUsualBytes> buffer_;
  boost::json::monotonic_resource memory_;
  json::Value document_;
  const json::Value* payload_ = nullptr;
  std::string_view text_;
};

/// One tool of ToolsRegister. The error says which of its members is wrong.
Result<Tool> read_tool(const json::Value& value);

/// One sentence out of a reader's error: "/input_schema: This member is required."
std::string describe(const base::Error& error);

extern template Result<Hello> Inbox::payload() const;
extern template Result<Welcome> Inbox::payload() const;
extern template Result<Goodbye> Inbox::payload() const;
extern template Result<ToolsRegister> Inbox::payload() const;
extern template Result<ToolsRegistered> Inbox::payload() const;
extern template Result<ToolsUnregister> Inbox::payload() const;
extern template Result<ToolsUnregistered> Inbox::payload() const;
extern template Result<ToolCall> Inbox::payload() const;
extern template Result<ToolStream> Inbox::payload() const;
extern template Result<ToolResult> Inbox::payload() const;
extern template Result<ToolCancel> Inbox::payload() const;
extern template Result<ToolCancelAck> Inbox::payload() const;
extern template Result<Heartbeat> Inbox::payload() const;
extern template Result<Ping> Inbox::payload() const;
extern template Result<Pong> Inbox::payload() const;
extern template Result<Invoke> Inbox::payload() const;
extern template Result<InvokeStream> Inbox::payload() const;
extern template Result<InvokeResult> Inbox::payload() const;
extern template Result<InvokeCancel> Inbox::payload() const;

}  // namespace sovereign::protocol
