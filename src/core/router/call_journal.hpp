// What the audit log, the event stream and the metrics are told of calls: ids, codes, sizes and
// times, never what went in or came out.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/router/call.hpp"
#include "core/router/ports.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::core {

class CallJournal {
 public:
  /// All must outlive it.
  CallJournal(AuditSink& audit, EventSink& events, telemetry::Metrics& metrics,
              const CallLimits& limits);

  /// Before the frame is sent. On an error the call must not go on.
  Result<void> routed(const Call& call);
  /// Once the frame was sent.
  void started(const Call& call);
  void streamed(const Call& call, const protocol::ToolStream& message);
  /// `output_is_valid`: against the tool's output schema, which only warns.
  void finished(const Call& call, const CallOutcome& outcome, bool output_is_valid);
  void cancelled(const Call& call, const Actor& actor);
  void refused(const CallRequest& request, const Error& error);
  /// What is no part of a call. A row that is not taken is counted.
  void note(AuditFact fact);

  /// The newest calls that ended or were refused, newest first.
  const std::deque<CallSummary>& recent() const { return recent_; }

 private:
  void remember(CallSummary summary);
  telemetry::Counter& denials(std::string_view code);

  AuditSink& audit_;
  EventSink& events_;
  telemetry::Metrics& metrics_;
  const CallLimits& limits_;
  telemetry::Gauge& inflight_;
  telemetry::Counter& unrecorded_;
  std::deque<CallSummary> recent_;
};

CallSummary summary_of(const Call& call);

}  // namespace sovereign::core
