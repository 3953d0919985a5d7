// Messages: whatever a peer sends is read or refused, and what is read can be written and read
// again, the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "protocol/envelope.hpp"
#include "protocol/frame_writer.hpp"

namespace protocol = sovereign::protocol;

namespace {

class Zeros final : public sovereign::base::Random {
  void fill(std::span<std::uint8_t> bytes) override { std::ranges::fill(bytes, 0); }
};

template <typename M>
void check(const protocol::Inbox& inbox) {
  const auto message = inbox.payload<M>();
  if (!message) return;
  const sovereign::base::ManualClock clock;
  Zeros random;
  protocol::FrameWriter writer(clock, random);
  const std::string once(writer.frame({}, *message).substr(protocol::kLengthBytes));
  protocol::Inbox second;
  if (!second.read(once)) std::abort();
  const auto again = second.payload<M>();
  if (!again) std::abort();
  if (writer.frame({}, *again).substr(protocol::kLengthBytes) != once) std::abort();
}

template <typename... Messages>
void check_all(const protocol::Inbox& inbox) {
  (check<Messages>(inbox), ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  protocol::Inbox inbox;
  const auto envelope = inbox.read(text);
  if (!envelope) {
    if (envelope.error().detail.empty()) std::abort();
    return 0;
  }
  check_all<protocol::Hello, protocol::Welcome, protocol::Goodbye, protocol::ToolsRegister,
            protocol::ToolsRegistered, protocol::ToolsUnregister, protocol::ToolsUnregistered,
            protocol::ToolCall, protocol::ToolStream, protocol::ToolResult, protocol::ToolCancel,
            protocol::ToolCancelAck, protocol::Heartbeat, protocol::Ping, protocol::Pong,
            protocol::Invoke, protocol::InvokeStream, protocol::InvokeResult,
            protocol::InvokeCancel>(inbox);
  return 0;
}
