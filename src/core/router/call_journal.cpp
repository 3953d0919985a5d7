#include "core/router/call_journal.hpp"

#include "core/errors.hpp"
#include "json/table.hpp"
#include "protocol/tables.hpp"

namespace sovereign::core {
namespace {

// Of one call: a tool that streams much is watched through its own call, not through the feed of
// all events.
constexpr std::uint64_t kMostStreamEvents = 64;
constexpr std::size_t kMostText = 256;  // Bytes of a stream's text in an event.

Actor actor_of(const Caller& caller) {
  switch (caller.type) {
    case CallerType::human: return {ActorType::human, caller.id};
    case CallerType::agent: return {ActorType::agent, caller.id};
    default: return {ActorType::system, caller.id};
  }
}

std::string_view cut(std::string_view text) {
  if (text.size() <= kMostText) return text;
  std::size_t end = kMostText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

AuditFact fact_of(std::string_view type, const Call& call) {
  AuditFact fact{.type = type, .actor = actor_of(call.caller), .subject_id = call.id.to_string()};
  fact.correlation_id = call.correlation_id;
  fact.causation_id = call.causation_id;
  fact.metadata.reserve(8);
  fact.metadata.emplace("tool_id", call.tool->id().text());
  fact.metadata.emplace("agent_id", call.tool->id().agent().text());
  fact.metadata.emplace("request_id", call.request_id);
  return fact;
}

bool is_worth_a_row(const Error& error) {
  // Nobody was denied anything: the agent is away, or the question was put to the operator.
  const auto code = parse_core_code(error.name);
  return code != CoreCode::tool_not_found && code != CoreCode::agent_not_running &&
         code != CoreCode::agent_unhealthy && code != CoreCode::agent_disconnected &&
         code != CoreCode::tool_busy && code != CoreCode::tool_confirmation_required &&
         code != CoreCode::tool_canceled;
}

}  // namespace

CallSummary summary_of(const Call& call) {
  return {.id = call.id,
          .tool_id = call.tool->id().text(),
          .caller = call.caller,
          .correlation_id = call.correlation_id,
          .causation_id = call.causation_id,
          .request_id = call.request_id,
          .status = "running",
          .code = {},
          .started_at = call.started_at};
}

CallJournal::CallJournal(AuditSink& audit, EventSink& events, telemetry::Metrics& metrics,
                         const CallLimits& limits)
    : audit_(audit),
      events_(events),
      metrics_(metrics),
      limits_(limits),
      inflight_(metrics.gauge(
          {.name = "opensentience_tool_call_inflight", .help = "Calls of tools under way."})),
      unrecorded_(metrics.counter({.name = "opensentience_tool_audit_lost_total",
                                   .help = "Rows about tools that the audit log did not take."})) {}

Result<void> CallJournal::routed(const Call& call) {
  auto fact = fact_of("tool.call_routed", call);
  fact.metadata.emplace("input_bytes", call.input_bytes);
  if (call.confirmation) fact.metadata.emplace("confirmation_id", call.confirmation->to_string());
  if (!call.ancestors.empty()) fact.metadata.emplace("depth", call.ancestors.size());
  return audit_.post(std::move(fact));
}

void CallJournal::started(const Call& call) {
  inflight_.add(1);
  events_.publish("call.started", call.tool->id().text(),
                  {{"call_id", call.id.to_string()},
                   {"tool_id", call.tool->id().text()},
                   {"caller_type", to_string(call.caller.type)},
                   {"caller_id", call.caller.id},
                   {"correlation_id", call.correlation_id},
                   {"causation_id", call.causation_id}});
}

void CallJournal::streamed(const Call& call, const protocol::ToolStream& message) {
  if (call.streams.messages > kMostStreamEvents) return;
  json::Object data{{"call_id", call.id.to_string()},
                    {"seq", message.seq},
                    {"channel", json::name_of(message.channel)}};
  if (message.data.text) data.emplace("text", cut(*message.data.text));
  events_.publish("call.stream", call.tool->id().text(), std::move(data));
}

void CallJournal::finished(const Call& call, const CallOutcome& outcome, bool output_is_valid) {
  const auto& metrics = call.tool->metrics;
  switch (outcome.status) {
    case protocol::CallStatus::succeeded: metrics.succeeded->add(); break;
    case protocol::CallStatus::failed: metrics.failed->add(); break;
    case protocol::CallStatus::canceled: metrics.canceled->add(); break;
  }
  metrics.duration->observe(outcome.duration);
  inflight_.add(-1);
  const auto status = json::name_of(outcome.status);
  const std::string_view code = outcome.error ? std::string_view(outcome.error->code) : "";
  auto fact = fact_of("tool.call_completed", call);
  if (outcome.status == protocol::CallStatus::failed) fact.severity = AuditFact::Severity::error;
  fact.metadata.emplace("status", status);
  if (!code.empty()) fact.metadata.emplace("code", code);
  fact.metadata.emplace("duration_us", outcome.duration.count());
  fact.metadata.emplace("output_bytes", outcome.output.size());
  fact.metadata.emplace("stream_messages", outcome.streams.messages);
  if (!output_is_valid) fact.metadata.emplace("output_is_valid", false);
  note(std::move(fact));
  events_.publish("call.finished", call.tool->id().text(),
                  {{"call_id", call.id.to_string()},
                   {"tool_id", call.tool->id().text()},
                   {"status", status},
                   {"code", code},
                   {"duration_us", outcome.duration.count()}});
  auto summary = summary_of(call);
  summary.status = status;
  summary.code = code;
  summary.duration = outcome.duration;
  remember(std::move(summary));
}

void CallJournal::cancelled(const Call& call, const Actor& actor) {
  auto fact = fact_of("tool.call_canceled", call);
  fact.actor = actor;
  note(std::move(fact));
}

void CallJournal::refused(const CallRequest& request, const Error& error) {
  denials(error.name).add();
  remember({.id = {},
            .tool_id = request.tool.text(),
            .caller = request.caller,
            .correlation_id = request.correlation_id,
            .causation_id = request.causation_id,
            .request_id = request.request_id,
            .status = "refused",
            .code = std::string(error.name),
            .started_at = {}});
  if (!is_worth_a_row(error)) return;
  AuditFact fact{.type = "security.denied",
                 .severity = AuditFact::Severity::security,
                 .actor = actor_of(request.caller)};
  fact.subject_type = "tool";
  fact.subject_id = request.tool.text();
  fact.correlation_id = request.correlation_id;
  fact.causation_id = request.causation_id;
  fact.metadata = {{"action", "tool.call"},
                   {"reason", error.name},
                   {"request_id", request.request_id},
                   {"input_bytes", request.input_text.size()}};
  note(std::move(fact));
}

void CallJournal::note(AuditFact fact) {
  if (!audit_.post(std::move(fact))) unrecorded_.add();
}

void CallJournal::remember(CallSummary summary) {
  recent_.push_front(std::move(summary));
  if (recent_.size() > limits_.recent_calls) recent_.pop_back();
}

telemetry::Counter& CallJournal::denials(std::string_view code) {
  return metrics_.counter({.name = "opensentience_tool_calls_refused_total",
                           .help = "Calls of tools that were refused before their agent saw them.",
                           .labels = {{"reason", std::string(code)}}});
}

}  // namespace sovereign::core
