// Writing messages: envelope and payload straight into one reused buffer, with the length in front,
// ready for the socket.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/uuid.hpp"
#include "protocol/envelope.hpp"
#include "protocol/messages.hpp"

namespace sovereign::protocol {

inline constexpr std::size_t kLengthBytes = 4;  ///< Big-endian, unsigned, of what follows.

/// The optional members of an envelope; empty ones are left out.
struct Header {
  std::string_view in_reply_to = {};
  std::string_view request_id = {};
  std::string_view correlation_id = {};
  std::string_view causation_id = {};
  const ActorInfo* actor = nullptr;
  const ProtocolError* error = nullptr;
};

class FrameWriter {
 public:
  /// Both must outlive the writer.
  FrameWriter(const Clock& clock, base::Random& random) : clock_(clock), random_(random) {}
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  /// The whole frame, valid until the next call. Its size is not checked: that is the sender's
  /// part.
  template <typename M>
  std::string_view frame(const Header& header, const M& payload);

  /// A message whose only content is the envelope's error: a refused welcome.
  std::string_view refusal(MessageType type, const Header& header);

 private:
  void begin(MessageType type, const Header& header);
  std::string_view finish();
  void write_time();
  base::Uuid next_id();

  const Clock& clock_;
  base::Random& random_;
  std::string buffer_;
  std::string second_text_;  ///< The date and time of `second_`, up to the fraction.
  std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
  std::array<std::uint8_t, 1024> entropy_{};  ///< Message ids need to be unique, not secret.
  std::size_t entropy_used_ = sizeof entropy_;
};

extern template std::string_view FrameWriter::frame(const Header&, const Hello&);
extern template std::string_view FrameWriter::frame(const Header&, const Welcome&);
extern template std::string_view FrameWriter::frame(const Header&, const Goodbye&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolsRegister&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolsRegistered&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolsUnregister&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolsUnregistered&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolCall&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolStream&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolResult&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolCancel&);
extern template std::string_view FrameWriter::frame(const Header&, const ToolCancelAck&);
extern template std::string_view FrameWriter::frame(const Header&, const Heartbeat&);
extern template std::string_view FrameWriter::frame(const Header&, const Ping&);
extern template std::string_view FrameWriter::frame(const Header&, const Pong&);
extern template std::string_view FrameWriter::frame(const Header&, const Invoke&);
extern template std::string_view FrameWriter::frame(const Header&, const InvokeStream&);
extern template std::string_view FrameWriter::frame(const Header&, const InvokeResult&);
extern template std::string_view FrameWriter::frame(const Header&, const InvokeCancel&);

/// `tools` as the text for ToolsRegister::tools.
std::string tools_text(const std::vector<Tool>& tools);

}  // namespace sovereign::protocol
