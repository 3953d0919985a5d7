// The calls under way on one connection: whose they are, when they end by themselves, and what may
// still come for them. Pure.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "core/connections/interfaces.hpp"
#include "core/ids.hpp"

namespace sovereign::core {

struct InflightCall {
  CallSink* sink = nullptr;
  SteadyTime deadline;
  bool is_canceled = false;  ///< The deadline is that of the cancellation.
  bool is_over_stream_limit = false;
  std::int64_t last_seq = 0;
  std::size_t streamed_bytes = 0;
};

struct EndedCall {
  CallId id;
  InflightCall call;
};

enum class StreamVerdict {
  deliver,
  unknown_call,
  stale,            ///< `seq` does not rise.
  over_limit,       ///< The first chunk that goes over a limit of its call ...
  still_over_limit  ///< ... and those after it.
};

class InflightCalls {
 public:
  std::size_t size() const { return calls_.size(); }

  /// False when this id is under way.
  bool add(CallId id, CallSink& sink, SteadyTime deadline);
  InflightCall* find(CallId id);
  /// Takes the call out; nothing when it is not under way.
  std::optional<InflightCall> take(CallId id);

  struct Chunk {
    CallId call;
    std::int64_t seq = 0;
    std::size_t bytes = 0;
  };
  struct StreamLimits {
    std::size_t chunk_bytes = 0;
    std::size_t call_bytes = 0;
  };
  StreamVerdict on_stream(const Chunk& chunk, const StreamLimits& limits);

  /// Takes out the calls whose deadline has passed; valid until the next use.
  const std::vector<EndedCall>& take_expired(SteadyTime now);
  std::vector<EndedCall> take_all();

 private:
  // Flat: a call costs no allocation once the table has its size.
  boost::unordered_flat_map<CallId, InflightCall, std::hash<CallId>> calls_;
  std::vector<EndedCall> expired_;
};

}  // namespace sovereign::core
