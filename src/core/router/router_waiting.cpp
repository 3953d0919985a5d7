// Of the router: calls that wait for an agent on its way up, ending calls early, and the one timer.
#include <algorithm>
#include <utility>

#include "core/errors.hpp"
#include "core/router/router.hpp"

namespace sovereign::core {
namespace {

constexpr std::chrono::milliseconds kWaitingSweep{50};         // While calls wait.
constexpr std::chrono::milliseconds kConfirmationSweep{1000};  // While only confirmations do.

Error no_such_call() {
  return base::fail(ErrorCode::not_found, "No such call is under way.").error();
}

}  // namespace

std::expected<Submitted, Refusal> Router::wait(Lane& lane, CallRequest& request,
                                               CallObserver& observer, const CallOrigin& origin,
                                               CallId id) {
  if (lane.waiting.size() >= limits_.waiting_calls) {
    return std::unexpected(Refusal{
        fail(CoreCode::agent_not_running, "Too many calls wait for this agent to start.").error()});
  }
  lane.waiting.push_back({.id = id,
                          .request = std::move(request),
                          .origin = origin,
                          .observer = &observer,
                          .deadline = parts_.clock.steady_now() + limits_.waiting_time});
  arm_timer();
  return Submitted{id};
}

void Router::retry_waiting(const AgentId& agent) {
  Lane& lane = gate_.lane(agent);
  auto waiting = std::exchange(lane.waiting, {});
  while (!waiting.empty()) {
    WaitingCall next = std::move(waiting.front());
    waiting.pop_front();
    auto verdict = gate_.check(next.request);
    if (std::holds_alternative<WaitForAgent>(verdict)) {
      lane.waiting.push_back(std::move(next));
      continue;
    }
    const auto answer = act(std::move(verdict), next.request, *next.observer, next.origin, next.id);
    if (!answer) {
      journal_.refused(next.request, answer.error().error);
      next.observer->finished(std::unexpected(answer.error()));
    } else if (answer->replayed != nullptr) {
      next.observer->finished(*answer->replayed);
    }
  }
}

std::optional<WaitingCall> Router::take_waiting(CallId call) {
  for (auto& [agent, lane] : gate_.lanes()) {
    const auto found = std::ranges::find(lane->waiting, call, &WaitingCall::id);
    if (found == lane->waiting.end()) continue;
    WaitingCall waiting = std::move(*found);
    lane->waiting.erase(found);
    return waiting;
  }
  return std::nullopt;
}

void Router::refuse_waiting(WaitingCall waiting, Error error) {
  journal_.refused(waiting.request, error);
  waiting.observer->finished(std::unexpected(Refusal{std::move(error)}));
}

void Router::abandon(CallId id, CallObserver& observer) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) {
    static_cast<void>(take_waiting(id));
    return;
  }
  Call& call = found->second;
  std::ranges::replace(call.observers, &observer, nullptr);
  const bool is_alone = std::ranges::all_of(call.observers, [](const auto* one) { return !one; });
  if (is_alone) cancel_call(call, "the caller has gone");
}

Result<void> Router::cancel(CallId id, const Actor& actor) {
  if (const auto found = calls_.find(id); found != calls_.end()) {
    journal_.cancelled(found->second, actor);
    cancel_call(found->second, "canceled by the caller or the operator");
    return {};
  }
  auto waiting = take_waiting(id);
  if (!waiting) return Failure(no_such_call());
  refuse_waiting(std::move(*waiting),
                 fail(CoreCode::tool_canceled, "The call was canceled.").error());
  return {};
}

void Router::sweep() {
  const auto now = parts_.clock.steady_now();
  for (auto& [agent, lane] : gate_.lanes()) {
    // The oldest waits longest: they all wait the same time.
    while (!lane->waiting.empty() && lane->waiting.front().deadline <= now) {
      auto waiting = std::move(lane->waiting.front());
      lane->waiting.pop_front();
      refuse_waiting(std::move(waiting),
                     fail(CoreCode::agent_not_running, "The agent did not start in time.").error());
    }
  }
  confirmations_.sweep();
}

void Router::arm_timer() {
  if (!timer_ || timer_is_armed_) return;
  const bool waits = std::ranges::any_of(
      gate_.lanes(), [](const auto& lane) { return !lane.second->waiting.empty(); });
  if (!waits && confirmations_.pending() == 0) return;
  timer_is_armed_ = true;
  timer_->expires_after(waits ? kWaitingSweep : kConfirmationSweep);
  timer_->async_wait([this](const boost::system::error_code& error) {
    // An error means that the timer, and maybe the router, is gone.
    if (error) return;
    timer_is_armed_ = false;
    sweep();
    arm_timer();
  });
}

std::vector<CallSummary> Router::calls() const {
  std::vector<CallSummary> calls;
  const auto now = parts_.clock.steady_now();
  for (const auto& [id, call] : calls_) {
    auto summary = summary_of(call);
    summary.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - call.started);
    calls.push_back(std::move(summary));
  }
  std::ranges::sort(calls, {}, &CallSummary::started_at);
  calls.insert(calls.end(), journal_.recent().begin(), journal_.recent().end());
  return calls;
}

const Call* Router::find(CallId call) const {
  const auto found = calls_.find(call);
  return found == calls_.end() ? nullptr : &found->second;
}

const Call* Router::find_parent(const AgentId& agent, std::string_view request_id) const {
  const Call* newest = nullptr;
  for (const auto& [id, call] : calls_) {
    if (call.request_id != request_id || call.tool->id().agent() != agent) continue;
    if (newest == nullptr || newest->started < call.started) newest = &call;
  }
  return newest;
}

}  // namespace sovereign::core
