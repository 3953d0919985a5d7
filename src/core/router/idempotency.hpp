// Idempotency keys of calls: the same key of the same caller for the same tool has one outcome. In
// memory and bounded; lost at a restart, as are the calls.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "core/router/limits.hpp"
#include "core/router/types.hpp"
#include "crypto/digest.hpp"

namespace sovereign::core {

class ReplayCache {
 public:
  explicit ReplayCache(const CallLimits& limits) : limits_(limits) {}

  /// What a request finds.
  struct Fresh {};  ///< Nobody used this key: go on.
  struct UnderWay {
    CallId call;
  };  ///< The first call has not ended.
  struct Ended {
    std::shared_ptr<const CallOutcome> outcome;
  };
  struct OtherInput {};  ///< The key was used with another input.
  using Finding = std::variant<Fresh, UnderWay, Ended, OtherInput>;

  Finding find(const std::string& key, const crypto::Digest256& input, SteadyTime now);

  /// A call with this key is under way now.
  void begin(const std::string& key, const crypto::Digest256& input, CallId call);
  /// It ended; kept for CallLimits::replay_life, its output only when it is small.
  void end(const std::string& key, const CallOutcome& outcome, SteadyTime now);

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t kMostOutput = 256 * 1024;

  struct Entry {
    crypto::Digest256 input;
    CallId call;
    std::shared_ptr<const CallOutcome> outcome;  // Null: under way.
  };
  struct Expiry {
    std::string key;
    CallId call;
    SteadyTime at;
  };

  void drop_oldest();

  const CallLimits& limits_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<Expiry> ended_;  // Oldest first.
  std::size_t bytes_ = 0;
};

/// The key as the cache knows it: apart for each caller and tool.
std::string replay_key(const CallRequest& request);

}  // namespace sovereign::core
