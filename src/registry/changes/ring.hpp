// The newest events, in memory once for all readers. Bounded: older ones are dropped, and a reader
// that still wants them must get them from the database. Not thread-safe; see hub.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "registry/changes/event.hpp"

namespace sovereign::registry {

/// Some events in a row, with their bytes as server-sent events. Immutable once in the ring.
struct ChangeBlock {
  std::int64_t last_position = 0;  ///< Up to here all is in this block or before it.
  std::vector<ChangeEvent> events;
  std::string sse;                    ///< All of them.
  std::vector<std::size_t> sse_ends;  ///< Where each event ends in `sse`.
  std::size_t bytes = 0;              ///< Memory, about.
};

struct ChangeRingLimits {
  std::size_t events = 8192;
  std::size_t bytes = 16 * 1024 * 1024;  ///< Or one block, if that is more.
};

/// What follows a position.
struct ChangeReading {
  enum class State : std::uint8_t {
    nothing,  ///< It is the newest.
    block,
    dropped,  ///< The ring does not have it any more.
  };
  State state = State::nothing;
  std::shared_ptr<const ChangeBlock> block = nullptr;
  std::size_t first = 0;  ///< The first event behind the position; may be past the end.
};

class ChangeRing {
 public:
  /// A block is what a reader handles in one go, so neither too many events nor too many bytes.
  static constexpr std::size_t kBlockEvents = 64;
  static constexpr std::size_t kBlockBytes = 256 * 1024;

  /// Begins empty, behind `position`.
  explicit ChangeRing(ChangeRingLimits limits, std::int64_t position = 0)
      : limits_(limits), floor_(position), newest_(position) {}

  /// Appends `events`, after which everything up to `position` is known. A tombstone without a
  /// filter takes the agent's document out of the events before: nobody is shown it any more.
  void push(std::vector<ChangeEvent> events, std::int64_t position);

  ChangeReading after(std::int64_t position) const;

  std::int64_t newest() const { return newest_; }
  std::size_t events() const { return events_; }
  std::size_t bytes() const { return bytes_; }

 private:
  void append(ChangeBlock block);
  void retract(AgentId agent);
  void trim();

  const ChangeRingLimits limits_;
  std::deque<std::shared_ptr<const ChangeBlock>> blocks_;
  std::int64_t floor_;  ///< Everything behind it is in the ring.
  std::int64_t newest_;
  std::size_t events_ = 0;
  std::size_t bytes_ = 0;
};

/// Appends `event` as a server-sent one.
void append_sse_item(std::string& out, const ChangeEvent& event,
                     const std::optional<ChangeInclude>& include);

}  // namespace sovereign::registry
