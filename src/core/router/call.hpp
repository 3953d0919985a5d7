// One call under way: who asked, who listens, what came back so far. Owned by the router, which
// uses the objects again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/connections/interfaces.hpp"
#include "core/router/lane.hpp"
#include "core/router/tool.hpp"
#include "core/router/types.hpp"

namespace sovereign::core {

class Call;

/// Whom a call tells what its agent says: the router.
class CallOwner {
 public:
  virtual void on_stream(Call& call, const protocol::ToolStream& message) = 0;
  virtual void on_result(Call& call, const protocol::ToolResult& message) = 0;

 protected:
  ~CallOwner() = default;
};

class Call final : public CallSink {
 public:
  CallOwner* owner = nullptr;
  CallId id;
  std::shared_ptr<const Tool> tool;
  AgentSession* session = nullptr;
  Lane* lane = nullptr;
  Caller caller;
  std::string request_id;
  std::string correlation_id;
  std::string causation_id;
  std::string replay_key;
  std::optional<ConfirmationId> confirmation;
  std::size_t input_bytes = 0;
  SteadyTime started{};
  base::Timestamp started_at{};
  StreamTotals streams;
  bool is_cancelling = false;
  std::vector<CallObserver*> observers;
  /// The agents on whose behalf it runs, the first caller first; empty for a person's call.
  std::vector<std::string> ancestors;

  void on_stream(const protocol::ToolStream& message) override { owner->on_stream(*this, message); }
  void on_result(const protocol::ToolResult& message) override { owner->on_result(*this, message); }
};

/// What a list of calls shows of one.
struct CallSummary {
  CallId id;
  std::string tool_id;
  Caller caller;
  std::string correlation_id;
  std::string causation_id;
  std::string request_id;
  std::string status;  ///< running, waiting, succeeded, failed, canceled, or refused.
  std::string code;    ///< Of the error, if there was one.
  base::Timestamp started_at{};
  std::chrono::microseconds duration{};  ///< So far, while it is under way.
};

}  // namespace sovereign::core
