// What processes share beside the database, and may lose at any time: values with a life span, and
// messages. Nothing here is a truth: whoever uses it works without, less well.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.hpp"

namespace sovereign::cache {

inline constexpr std::size_t kMaxKeyBytes = 512;
inline constexpr std::size_t kMaxValueBytes = 1024 * 1024;

/// Values by key, each for a while. Any thread; a coroutine resumes on its caller's executor.
/// Every operation ends within the engine's deadline (redis.hpp: 200 ms). Errors of all:
/// `too_large` (key or value over its limit), `unavailable` and `timed_out` (only of a remote
/// engine; take them for a miss).
class Cache {
 public:
  virtual ~Cache() = default;

  /// nullopt: not there, or no longer.
  virtual Task<std::optional<std::string>> get(std::string key) = 0;
  /// Replaces what is there. `life` is at least a millisecond.
  virtual Task<void> set(std::string key, std::string value, std::chrono::milliseconds life) = 0;
  /// No error when there is nothing.
  virtual Task<void> remove(std::string key) = 0;
};

/// Messages to all processes that listen now, the sender included. Delivery is at most once:
/// messages are lost while the engine is away, and nobody is told.
class Broadcast {
 public:
  virtual ~Broadcast() = default;

  /// Called on the engine's thread, or the publisher's; must not block or throw.
  using Listener = std::function<void(std::string_view message)>;

  /// Hands over and returns at once. Any thread.
  virtual void publish(std::string_view channel, std::string_view message) = 0;
  /// Before the engine starts. The listener lives as long as the engine.
  virtual void subscribe(std::string_view channel, Listener listener) = 0;
};

}  // namespace sovereign::cache
