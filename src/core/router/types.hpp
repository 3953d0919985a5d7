// A call of a tool as its caller sees it: what is asked, what comes back meanwhile, how it ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "core/ids.hpp"
#include "json/parse.hpp"
#include "protocol/messages.hpp"

namespace sovereign::core {

enum class CallerType : std::uint8_t { human, agent, system, model };
/// "human", "agent", "system", "model".
std::string_view to_string(CallerType type);

/// On whose behalf a tool is called. A model acts for a person but is not trusted as one.
struct Caller {
  CallerType type = CallerType::human;
  std::string id;  ///< As Actor::id; of an agent its id. 200 bytes at most.

  bool operator==(const Caller&) const = default;
};

struct CallRequest {
  ToolId tool;
  json::Value input;       ///< An object.
  std::string input_text;  ///< The same as text; goes to the agent as it is.
  std::optional<std::chrono::milliseconds> timeout = {};
  std::string idempotency_key = {};
  Caller caller = {};
  std::string correlation_id = {};
  std::string causation_id = {};
  std::string request_id = {};  ///< Empty: the call's own id.
  /// The person's approval that this call carries out.
  std::optional<ConfirmationId> confirmation = {};
};

struct StreamTotals {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;

  bool operator==(const StreamTotals&) const = default;
};

/// How a call that reached its agent ended.
struct CallOutcome {
  CallId id;
  protocol::CallStatus status = protocol::CallStatus::failed;
  std::string output;  ///< One JSON object as text; empty: none.
  std::optional<protocol::ProtocolError> error = {};
  std::chrono::microseconds duration{};
  StreamTotals streams = {};
  /// An earlier call with the same idempotency key ended so. Its output may be gone: it is kept for
  /// 256 KiB at most.
  bool is_replay = false;
};

/// Why a call never reached its agent. `error.name` is the stable code.
struct Refusal {
  Error error;
  std::optional<ConfirmationId> confirmation = {};  ///< With tool.confirmation_required.
};

using CallEnd = std::expected<CallOutcome, Refusal>;

/// Hears of one call; on the loop's thread.
class CallObserver {
 public:
  /// In order, never after finished(). Views live until it returns.
  virtual void streamed(const protocol::ToolStream& message) = 0;
  /// Once, as the last; not from within Router::submit().
  virtual void finished(const CallEnd& end) = 0;

 protected:
  ~CallObserver() = default;
};

}  // namespace sovereign::core
