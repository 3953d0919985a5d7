// What each request pays for being counted and logged.
#include <benchmark/benchmark.h>

#include "telemetry/access_log.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace {

using namespace sovereign;
using namespace sovereign::telemetry;

void add_to_a_counter(benchmark::State& state) {
  static Metrics metrics;
  auto& counter = metrics.counter({"c_total", "C."});
  for (auto _ : state) counter.add();
}
BENCHMARK(add_to_a_counter)->ThreadRange(1, 2);

void observe_a_duration(benchmark::State& state) {
  static Metrics metrics;
  auto& latency = metrics.latency({"latency_seconds", "Time."});
  std::int64_t nanoseconds = 20'000;
  for (auto _ : state) {
    latency.observe(std::chrono::nanoseconds(nanoseconds));
    nanoseconds = nanoseconds * 5 % 9'999'991;
  }
}
BENCHMARK(observe_a_duration)->ThreadRange(1, 2);

void expose_500_counters(benchmark::State& state) {
  Metrics metrics;
  for (int i = 0; i < 500; ++i)
    metrics.counter({"c_total", "C.", {{"route", std::to_string(i)}}}).add();
  for (auto _ : state) benchmark::DoNotOptimize(metrics.expose());
}
BENCHMARK(expose_500_counters)->Unit(benchmark::kMicrosecond);

void write_an_access_line(benchmark::State& state) {
  const base::SystemClock clock;
  AccessLog log({.target = AccessTarget::file, .file = "/dev/null"}, clock);
  AccessRecord record{
      .method = "GET",
      .path = "/api/v1/agents/550e8400-e29b-41d4-a716-446655440000",
      .route = "/api/v1/agents/{id}",
      .status = 200,
      .bytes_out = 1730,
      .duration = std::chrono::microseconds{87},
      .client = "192.0.2.7",
      .request_id = "7d444840-9dc0-11d1-b245-5ffdce74fad2",
      .subject = "550e8400-e29b-41d4-a716-446655440001",
      .user_agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"};
  record.time = clock.now();
  for (auto _ : state) {
    record.time += std::chrono::microseconds{7};
    log.write(record);
  }
}
BENCHMARK(write_an_access_line);

void write_a_log_line(benchmark::State& state) {
  const base::SystemClock clock;
  Log log({.file = "/dev/null", .format = LogFormat::json}, clock);
  for (auto _ : state)
    log.info("agent_created", {{"agent", "acme/weather"}, {"bytes", 1730}, {"live", true}});
}
BENCHMARK(write_a_log_line);

}  // namespace
