// Metrics in the Prometheus text format. A metric is resolved once into a handle with fixed labels;
// using the handle is wait-free, and threads do not share cache lines over it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sovereign::telemetry {

/// Threads are spread over this many copies of each number; a power of two.
inline constexpr std::size_t kMetricShards = 16;

/// The shard of the calling thread.
inline std::size_t metric_shard() {
  static std::atomic<std::size_t> threads = 0;
  thread_local const std::size_t shard =
      threads.fetch_add(1, std::memory_order_relaxed) % kMetricShards;
  return shard;
}

/// Only ever grows.
class Counter {
 public:
  void add(std::uint64_t amount = 1) noexcept {
    shards_[metric_shard()].value.fetch_add(amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept;

 private:
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> value = 0;
  };
  std::array<Shard, kMetricShards> shards_;
};

/// Goes up and down; rarely written, so one number.
class Gauge {
 public:
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// What a histogram's values are, and how they are shown.
enum class Unit {
  seconds,  ///< Observed in nanoseconds, bounds and sum in seconds.
  bytes,
  count,
};

class Histogram {
 public:
  /// Upper bounds in the unit's observed scale, ascending.
  explicit Histogram(std::vector<std::uint64_t> bounds);

  void observe(std::uint64_t value) noexcept;
  void observe(std::chrono::nanoseconds duration) noexcept {
    observe(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)));
  }

  struct Reading {
    std::vector<std::uint64_t>
        counts;  ///< Per bucket, not cumulative; the last is above all bounds.
    std::uint64_t sum = 0;
  };
  Reading read() const;
  const std::vector<std::uint64_t>& bounds() const { return bounds_; }

 private:
  std::atomic<std::uint64_t>& cell(std::size_t shard, std::size_t index) const {
    return cells_[shard * stride_ + index];
  }
  struct Free {
    void operator()(std::atomic<std::uint64_t>* cells) const;
  };

  const std::vector<std::uint64_t> bounds_;
  const std::size_t
      stride_;  ///< Cells a shard: the sum, the buckets, padding to whole cache lines.
  std::unique_ptr<std::atomic<std::uint64_t>[], Free> cells_;
};

using Labels = std::vector<std::pair<std::string, std::string>>;

/// A metric's place in the exposition. Label values come from our code, never from requests.
struct MetricName {
  std::string name;
  std::string help;
  Labels labels = {};
};

/// Bounds for request times: 50 us to 10 s.
std::vector<std::chrono::nanoseconds> latency_buckets();

/// The metrics of a program. Handles live as long as it does; asking again for the same name and
/// labels gives the same one. Throws std::invalid_argument on a bad name or a name used for another
/// type.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const MetricName& name);
  Gauge& gauge(const MetricName& name);
  Histogram& latency(const MetricName& name,
                     const std::vector<std::chrono::nanoseconds>& bounds = latency_buckets());
  Histogram& histogram(const MetricName& name, Unit unit, std::vector<std::uint64_t> bounds);

  /// Numbers that exist elsewhere: read when exposed, on the thread of expose(). `read` must stay
  /// callable for the life of the metrics.
  void observe_gauge(const MetricName& name, std::function<double()> read);
  void observe_counter(const MetricName& name, std::function<double()> read);

  /// process_cpu_seconds_total, process_resident_memory_bytes and the other standard ones (Linux).
  void add_process_metrics();

  /// All of it in the text format, families sorted by name. Any thread; takes about 1 us a metric.
  std::string expose() const;
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sovereign::telemetry
