#include "core/connections/inflight_calls.hpp"

namespace sovereign::core {

bool InflightCalls::add(CallId id, CallSink& sink, SteadyTime deadline) {
  return calls_.try_emplace(id, InflightCall{.sink = &sink, .deadline = deadline}).second;
}

InflightCall* InflightCalls::find(CallId id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

std::optional<InflightCall> InflightCalls::take(CallId id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return std::nullopt;
  const InflightCall call = found->second;
  calls_.erase(found);
  return call;
}

StreamVerdict InflightCalls::on_stream(const Chunk& chunk, const StreamLimits& limits) {
  InflightCall* call = find(chunk.call);
  if (call == nullptr) return StreamVerdict::unknown_call;
  if (chunk.seq <= call->last_seq) return StreamVerdict::stale;
  call->last_seq = chunk.seq;
  if (chunk.bytes > limits.chunk_bytes || call->streamed_bytes + chunk.bytes > limits.call_bytes) {
    if (call->is_over_stream_limit) return StreamVerdict::still_over_limit;
    call->is_over_stream_limit = true;
    return StreamVerdict::over_limit;
  }
  call->streamed_bytes += chunk.bytes;
  return StreamVerdict::deliver;
}

const std::vector<EndedCall>& InflightCalls::take_expired(SteadyTime now) {
  expired_.clear();
  for (const auto& [id, call] : calls_) {
    if (call.deadline <= now) expired_.push_back({id, call});
  }
  for (const auto& ended : expired_) calls_.erase(ended.id);
  return expired_;
}

std::vector<EndedCall> InflightCalls::take_all() {
  std::vector<EndedCall> all;
  all.reserve(calls_.size());
  for (const auto& [id, call] : calls_) all.push_back({id, call});
  calls_.clear();
  return all;
}

}  // namespace sovereign::core
