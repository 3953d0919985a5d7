#include "telemetry/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/check_names.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <deque>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <variant>

#include "telemetry/process_metrics.hpp"

namespace sovereign::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kCellsPerLine = kCacheLine / sizeof(std::uint64_t);

constexpr std::size_t round_up(std::size_t cells) {
  return (cells + kCellsPerLine - 1) / kCellsPerLine * kCellsPerLine;
}

struct Callback {
  std::function<double()> read;
};
struct ScaledHistogram {
  Histogram histogram;
  double scale;  ///< From observed to shown values.
};

using Series = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>,
                            std::unique_ptr<ScaledHistogram>, Callback>;

struct Family {
  std::string help;
  MetricType type;
  std::map<Labels, Series> series;
};

/// Fills in the value of one series.
struct Collector {
  ClientMetric& metric;
  MetricType type;

  void operator()(const std::unique_ptr<Counter>& counter) const {
    metric.counter.value = static_cast<double>(counter->value());
  }
  void operator()(const std::unique_ptr<Gauge>& gauge) const {
    metric.gauge.value = static_cast<double>(gauge->value());
  }
  void operator()(const Callback& callback) const {
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = callback.read();
  }
  void operator()(const std::unique_ptr<ScaledHistogram>& scaled) const {
    const auto reading = scaled->histogram.read();
    const auto& bounds = scaled->histogram.bounds();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      total += reading.counts[i];
      metric.histogram.bucket.push_back({total, static_cast<double>(bounds[i]) * scaled->scale});
    }
    total += reading.counts.back();
    metric.histogram.sample_count = total;
    metric.histogram.sample_sum = static_cast<double>(reading.sum) * scaled->scale;
  }
};

ClientMetric collect(const Labels& labels, const Series& series, MetricType type) {
  ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  std::visit(Collector{metric, type}, series);
  return metric;
}

void check(const MetricName& name) {
  if (!prometheus::CheckMetricName(name.name)) {
    throw std::invalid_argument(fmt::format("'{}' is not a metric name", name.name));
  }
  for (const auto& label : name.labels) {
    if (!prometheus::CheckLabelName(label.first)) {
      throw std::invalid_argument(fmt::format("'{}' is not a label name", label.first));
    }
  }
}

}  // namespace

std::uint64_t Counter::value() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& shard : shards_) sum += shard.value.load(std::memory_order_relaxed);
  return sum;
}

void Histogram::Free::operator()(std::atomic<std::uint64_t>* cells) const {
  ::operator delete[](static_cast<void*>(cells), std::align_val_t{kCacheLine});
}

Histogram::Histogram(std::vector<std::uint64_t> bounds)
    : bounds_(std::move(bounds)),
      stride_(round_up(bounds_.size() + 2)),
      cells_(new(std::align_val_t{kCacheLine})
                 std::atomic<std::uint64_t>[stride_ * kMetricShards]()) {
  if (!std::ranges::is_sorted(bounds_)) throw std::invalid_argument("histogram bounds must ascend");
}

void Histogram::observe(std::uint64_t value) noexcept {
  const auto shard = metric_shard();
  const auto bucket =
      static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
  cell(shard, 0).fetch_add(value, std::memory_order_relaxed);
  cell(shard, 1 + bucket).fetch_add(1, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const {
  Reading reading;
  reading.counts.resize(bounds_.size() + 1);
  for (std::size_t shard = 0; shard < kMetricShards; ++shard) {
    reading.sum += cell(shard, 0).load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
      reading.counts[i] += cell(shard, 1 + i).load(std::memory_order_relaxed);
    }
  }
  return reading;
}

std::vector<std::chrono::nanoseconds> latency_buckets() {
  using namespace std::chrono_literals;
  return {50us, 100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms,
          50ms, 100ms, 250ms, 500ms, 1s,  2500ms, 5s,  10s};
}

class Metrics::Implementation : public prometheus::Collectable {
 public:
  /// The series of this name, made by `make` when it is new.
  template <typename Kind, typename Make>
  Kind& find_or_add(const MetricName& name, MetricType type, Make make) {
    check(name);
    const std::lock_guard lock(mutex_);
    auto [place, is_new] = families_.try_emplace(name.name, Family{name.help, type, {}});
    if (!is_new && place->second.type != type) {
      throw std::invalid_argument(fmt::format("metric {} is of another type already", name.name));
    }
    auto& series = place->second.series;
    auto found = series.find(name.labels);
    if (found == series.end()) found = series.emplace(name.labels, Series(make())).first;
    if (auto* kind = std::get_if<Kind>(&found->second)) return *kind;
    throw std::invalid_argument(fmt::format("metric {} is a callback already", name.name));
  }

  std::vector<MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    std::vector<MetricFamily> families;
    families.reserve(families_.size());
    for (const auto& [name, family] : families_) {
      auto& collected = families.emplace_back(MetricFamily{name, family.help, family.type, {}});
      for (const auto& [labels, series] : family.series) {
        collected.metric.push_back(collect(labels, series, family.type));
      }
    }
    return families;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
};

Metrics::Metrics() : implementation_(std::make_unique<Implementation>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const MetricName& name) {
  using Kind = std::unique_ptr<Counter>;
  return *implementation_->find_or_add<Kind>(name, MetricType::Counter,
                                             [] { return std::make_unique<Counter>(); });
}

Gauge& Metrics::gauge(const MetricName& name) {
  using Kind = std::unique_ptr<Gauge>;
  return *implementation_->find_or_add<Kind>(name, MetricType::Gauge,
                                             [] { return std::make_unique<Gauge>(); });
}

Histogram& Metrics::latency(const MetricName& name,
                            const std::vector<std::chrono::nanoseconds>& bounds) {
  std::vector<std::uint64_t> nanoseconds;
  for (const auto bound : bounds) nanoseconds.push_back(static_cast<std::uint64_t>(bound.count()));
  return histogram(name, Unit::seconds, std::move(nanoseconds));
}

Histogram& Metrics::histogram(const MetricName& name, Unit unit,
                              std::vector<std::uint64_t> bounds) {
  using Kind = std::unique_ptr<ScaledHistogram>;
  const double scale = unit == Unit::seconds ? 1e-9 : 1;
  const auto make = [&] { return Kind(new ScaledHistogram{Histogram(std::move(bounds)), scale}); };
  return implementation_->find_or_add<Kind>(name, MetricType::Histogram, make)->histogram;
}

void Metrics::observe_gauge(const MetricName& name, std::function<double()> read) {
  implementation_->find_or_add<Callback>(name, MetricType::Gauge,
                                         [&] { return Callback{std::move(read)}; });
}

void Metrics::observe_counter(const MetricName& name, std::function<double()> read) {
  implementation_->find_or_add<Callback>(name, MetricType::Counter,
                                         [&] { return Callback{std::move(read)}; });
}

void Metrics::add_process_metrics() {
  observe_counter({"process_cpu_seconds_total", "User and system CPU time."}, cpu_seconds);
  observe_gauge({"process_resident_memory_bytes", "Resident memory."}, resident_bytes);
  observe_gauge({"process_virtual_memory_bytes", "Virtual memory."}, virtual_bytes);
  observe_gauge({"process_open_fds", "Open file descriptors."}, open_descriptors);
  observe_gauge({"process_max_fds", "Limit of open file descriptors."}, max_descriptors);
  observe_gauge({"process_threads", "Threads."}, thread_count);
  const double start = start_time_seconds();
  observe_gauge({"process_start_time_seconds", "Start time, in seconds since 1970."},
                [start] { return start; });
}

std::string Metrics::expose() const {
  return prometheus::TextSerializer().Serialize(implementation_->Collect());
}

}  // namespace sovereign::telemetry
