#include "core/router/idempotency.hpp"

namespace sovereign::core {

std::string replay_key(const CallRequest& request) {
  std::string key(to_string(request.caller.type));
  // Lengths keep the parts apart, whatever they hold.
  for (const std::string_view part :
       {std::string_view(request.tool.text()), std::string_view(request.idempotency_key),
        std::string_view(request.caller.id)}) {
    key += std::to_string(part.size());
    key += ':';
    key += part;
  }
  return key;
}

ReplayCache::Finding ReplayCache::find(const std::string& key, const crypto::Digest256& input,
                                       SteadyTime now) {
  while (!ended_.empty() && ended_.front().at <= now) drop_oldest();
  const auto found = entries_.find(key);
  if (found == entries_.end()) return Fresh{};
  if (found->second.input != input) return OtherInput{};
  if (found->second.outcome == nullptr) return UnderWay{found->second.call};
  return Ended{found->second.outcome};
}

void ReplayCache::begin(const std::string& key, const crypto::Digest256& input, CallId call) {
  entries_.insert_or_assign(key, Entry{.input = input, .call = call, .outcome = nullptr});
}

void ReplayCache::end(const std::string& key, const CallOutcome& outcome, SteadyTime now) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.call != outcome.id) return;
  auto kept = std::make_shared<CallOutcome>(outcome);
  kept->is_replay = true;
  if (kept->output.size() > kMostOutput) kept->output.clear();
  bytes_ += key.size() + kept->output.size();
  ended_.push_back({.key = key, .call = outcome.id, .at = now + limits_.replay_life});
  found->second.outcome = std::move(kept);
  while (!ended_.empty() && (ended_.size() > limits_.replays || bytes_ > limits_.replay_bytes)) {
    drop_oldest();
  }
}

void ReplayCache::drop_oldest() {
  const Expiry& oldest = ended_.front();
  const auto found = entries_.find(oldest.key);
  if (found != entries_.end() && found->second.call == oldest.call) {
    bytes_ -= oldest.key.size() + found->second.outcome->output.size();
    entries_.erase(found);
  }
  ended_.pop_front();
}

}  // namespace sovereign::core
