// Where the one reader of the database meets all readers of the feed: publishes blocks of events,
// wakes who waits for them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "registry/changes/ring.hpp"
#include "registry/changes/wakers.hpp"

namespace sovereign::registry {

/// For metrics.
struct ChangeHubStatus {
  std::int64_t newest = 0;
  std::size_t events = 0;
  std::size_t bytes = 0;
  std::size_t streams = 0;
  std::uint64_t cutoffs = 0;
  double lag_seconds = 0;  ///< From the newest change to when it was published here.
};

/// Any thread.
class ChangeHub {
 public:
  static constexpr std::size_t kMaxStreams = 5000;

  explicit ChangeHub(ChangeRingLimits limits = {})
      : limits_(limits), ring_(std::make_unique<ChangeRing>(limits)) {}

  /// Forgets everything and begins behind `position`.
  void start(std::int64_t position);
  /// `lag` is how old the last of them is.
  void publish(std::vector<ChangeEvent> events, std::int64_t position,
               std::chrono::microseconds lag = {});
  ChangeReading after(std::int64_t position) const;
  std::int64_t newest() const { return newest_.load(std::memory_order_acquire); }

  Wakers& wakers() { return wakers_; }

  /// Ends waits, now and from now on: the server stops.
  void stop();
  bool is_stopped() const { return stopped_; }

  /// One of kMaxStreams, given back when it is destroyed; null when all are taken.
  class Stream;
  std::unique_ptr<Stream> open_stream();
  void count_cutoff() { cutoffs_.fetch_add(1, std::memory_order_relaxed); }

  ChangeHubStatus status() const;

 private:
  const ChangeRingLimits limits_;
  mutable std::shared_mutex mutex_;
  std::unique_ptr<ChangeRing> ring_;
  std::atomic<std::int64_t> newest_ = 0;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> streams_ = 0;
  std::atomic<std::uint64_t> cutoffs_ = 0;
  std::atomic<std::int64_t> lag_microseconds_ = 0;
  Wakers wakers_;
};

class ChangeHub::Stream {
 public:
  explicit Stream(ChangeHub& hub) : hub_(hub) {}
  ~Stream() { hub_.streams_.fetch_sub(1); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

 private:
  ChangeHub& hub_;
};

}  // namespace sovereign::registry
