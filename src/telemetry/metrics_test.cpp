#include "telemetry/metrics.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sovereign::telemetry {
namespace {

/// The samples of an exposition by name and labels, as a scraper reads them; fails on anything
/// else.
std::map<std::string, double> parse(const std::string& text) {
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    const auto space = line.rfind(' ');
    EXPECT_NE(space, std::string::npos) << line;
    std::size_t read = 0;
    const auto value = line.substr(space + 1);
    const bool is_new = samples.emplace(line.substr(0, space), std::stod(value, &read)).second;
    EXPECT_TRUE(is_new) << line;
    EXPECT_EQ(read, value.size()) << line;
  }
  return samples;
}

TEST(Metrics, ExposeWhatWasCounted) {
  Metrics metrics;
  metrics.counter({"requests_total", "Requests.", {{"method", "GET"}, {"status", "200"}}}).add(3);
  metrics.counter({"requests_total", "Requests.", {{"method", "PUT"}, {"status", "200"}}}).add();
  auto& connections = metrics.gauge({"connections", "Open connections."});
  connections.set(7);
  connections.add(-9);
  const auto text = metrics.expose();
  EXPECT_TRUE(text.contains("# HELP requests_total Requests.\n# TYPE requests_total counter\n"))
      << text;
  const auto samples = parse(text);
  EXPECT_EQ(samples.at(R"(requests_total{method="GET",status="200"})"), 3);
  EXPECT_EQ(samples.at(R"(requests_total{method="PUT",status="200"})"), 1);
  EXPECT_EQ(samples.at("connections"), -2);
}

TEST(Metrics, ExposeHistogramsWithCumulativeBuckets) {
  using namespace std::chrono_literals;
  Metrics metrics;
  auto& latency = metrics.latency({"latency_seconds", "Time.", {{"route", "/"}}}, {1ms, 10ms});
  for (const std::chrono::nanoseconds duration :
       {std::chrono::nanoseconds(500us), std::chrono::nanoseconds(1ms),
        std::chrono::nanoseconds(2ms), std::chrono::nanoseconds(1s),
        std::chrono::nanoseconds(-1)}) {
    latency.observe(duration);
  }
  const auto samples = parse(metrics.expose());
  EXPECT_EQ(samples.at(R"(latency_seconds_bucket{route="/",le="0.001"})"), 3);
  EXPECT_EQ(samples.at(R"(latency_seconds_bucket{route="/",le="0.01"})"), 4);
  EXPECT_EQ(samples.at(R"(latency_seconds_bucket{route="/",le="+Inf"})"), 5);
  EXPECT_EQ(samples.at(R"(latency_seconds_count{route="/"})"), 5);
  EXPECT_DOUBLE_EQ(samples.at(R"(latency_seconds_sum{route="/"})"), 1.0035);
}

TEST(Metrics, ShowBytesAsTheyAre) {
  Metrics metrics;
  metrics.histogram({"size_bytes", "Size."}, Unit::bytes, {1024}).observe(std::uint64_t{2000});
  const auto samples = parse(metrics.expose());
  EXPECT_EQ(samples.at(R"(size_bytes_bucket{le="1024"})"), 0);
  EXPECT_EQ(samples.at("size_bytes_sum"), 2000);
}

TEST(Metrics, EscapeLabelValues) {
  Metrics metrics;
  metrics.counter({"c_total", "C.", {{"l", "a\"b\\c\nd"}}}).add();
  EXPECT_EQ(parse(metrics.expose()).at(R"(c_total{l="a\"b\\c\nd"})"), 1);
}

TEST(Metrics, GiveTheSameHandleForTheSameNameAndLabels) {
  Metrics metrics;
  EXPECT_EQ(&metrics.counter({"c_total", "C."}), &metrics.counter({"c_total", "C."}));
  EXPECT_NE(&metrics.counter({"c_total", "C."}), &metrics.counter({"c_total", "C.", {{"l", "1"}}}));
}

TEST(Metrics, RefuseBadNamesAndChangesOfType) {
  Metrics metrics;
  metrics.counter({"c_total", "C."});
  EXPECT_THROW(metrics.gauge({"c_total", "C."}), std::invalid_argument);
  EXPECT_THROW(metrics.observe_counter({"c_total", "C."}, [] { return 0.0; }),
               std::invalid_argument);
  EXPECT_THROW(metrics.counter({"bad-name", "C."}), std::invalid_argument);
  EXPECT_THROW(metrics.counter({"good", "C.", {{"bad label", "x"}}}), std::invalid_argument);
  EXPECT_THROW(metrics.histogram({"h", "H."}, Unit::count, {2, 1}), std::invalid_argument);
}

TEST(Metrics, ReadCallbacksWhenExposed) {
  Metrics metrics;
  double value = 1;
  metrics.observe_gauge({"g", "G."}, [&] { return value; });
  value = 2.5;
  EXPECT_EQ(parse(metrics.expose()).at("g"), 2.5);
}

TEST(Metrics, LoseNothingAmongThreads) {
  Metrics metrics;
  auto& counter = metrics.counter({"c_total", "C."});
  auto& histogram = metrics.histogram({"h", "H."}, Unit::count, {10, 20});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 20; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < 1000; ++i) {
        counter.add();
        histogram.observe(i % 30);
      }
    });
  }
  for (int i = 0; i < 5; ++i) EXPECT_LE(parse(metrics.expose()).at("c_total"), 20'000);
  threads.clear();
  const auto samples = parse(metrics.expose());
  EXPECT_EQ(samples.at("c_total"), 20'000);
  EXPECT_EQ(samples.at("h_count"), 20'000);
  EXPECT_EQ(samples.at("h_sum"), 20 * (33 * 435 + 45));
  EXPECT_EQ(samples.at(R"(h_bucket{le="10"})"), 20 * (33 * 11 + 10));
}

TEST(Metrics, DescribeTheProcess) {
  Metrics metrics;
  metrics.add_process_metrics();
  const auto samples = parse(metrics.expose());
  EXPECT_GT(samples.at("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(samples.at("process_virtual_memory_bytes"),
            samples.at("process_resident_memory_bytes"));
  EXPECT_GT(samples.at("process_cpu_seconds_total"), 0);
  EXPECT_GE(samples.at("process_threads"), 1);
  EXPECT_GT(samples.at("process_start_time_seconds"), 1.6e9);
  EXPECT_LE(samples.at("process_open_fds"), samples.at("process_max_fds"));
  const int before = static_cast<int>(samples.at("process_open_fds"));
  const int extra = ::dup(1);
  EXPECT_EQ(parse(metrics.expose()).at("process_open_fds"), before + 1);
  ::close(extra);
}

}  // namespace
}  // namespace sovereign::telemetry
