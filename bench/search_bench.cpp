// What the index costs with 100 000 agents: building, searching by class of query (percentiles of
// the mix are counters of BM_Mix), listing, changing. Run one: --benchmark_filter=Mix
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "search/index.hpp"
#include "synthetic_agents.hpp"

namespace sovereign::bench {
namespace {

using search::Answer;
using search::Query;

constexpr std::size_t agent_count = 100'000;

const std::vector<search::Document>& agents() {
  static const auto all = [] {
    SyntheticAgents source(1);
    std::vector<search::Document> documents;
    for (std::size_t i = 0; i < agent_count; ++i) documents.push_back(source.next());
    return documents;
  }();
  return all;
}

void load(search::Index& index, std::size_t first, std::size_t last) {
  std::vector<search::SegmentBuilder> builders;
  builders.emplace_back(index.schema());
  for (std::size_t i = first; i < last; ++i) builders.front().add(agents()[i]);
  index.adopt(builders);
}

std::shared_ptr<const search::Snapshot> loaded_snapshot() {
  static const auto index = [] {
    auto loaded = std::make_unique<search::Index>(agent_schema());
    load(*loaded, 0, agent_count);
    return loaded;
  }();
  return index->snapshot();
}

// As after a while of changes: one large segment, some smaller ones, dead documents in most.
std::shared_ptr<const search::Snapshot> worn_snapshot() {
  static const auto index = [] {
    auto loaded = std::make_unique<search::Index>(agent_schema());
    load(*loaded, 0, agent_count - 5000);
    for (std::size_t i = agent_count - 5000; i < agent_count; ++i) {
      const search::Change change = agents()[i - (i % 2) * 20'000];
      loaded->apply({&change, 1});
    }
    return loaded;
  }();
  return index->snapshot();
}

enum class Class { rare, medium, common, two_common, four_words, prefix, filtered, typo, facets };

std::string misspelt(std::string word) {
  if (word.size() > 2) std::swap(word[1], word[2]);
  return word;
}

Query make_query(Class kind, std::mt19937_64& random) {
  static const SyntheticAgents source(1);
  const auto between = [&](std::size_t low, std::size_t high) -> const std::string& {
    return source.word(low + random() % (high - low));
  };
  Query query{.limit = 20};
  switch (kind) {
    case Class::rare: query.text = between(8000, 30'000); break;
    case Class::medium: query.text = between(200, 1000); break;
    case Class::common: query.text = between(0, 20); break;
    case Class::two_common: query.text = between(0, 20) + ' ' + between(0, 20); break;
    case Class::four_words:
      query.text = between(0, 50) + ' ' + between(50, 500) + ' ' + between(50, 5000) + ' ' +
                   between(500, 5000);
      break;
    case Class::prefix: query.text = between(100, 3000).substr(0, 3); break;
    case Class::filtered:
      query.text = between(50, 1000);
      query.filter = {search::AllOf{{{search::HasTerm{0, source.capability(random() % 20)}},
                                     {search::InRange{2, 2.0, 5.0}}}}};
      break;
    case Class::typo: query.text = misspelt(between(1000, 5000)); break;
    case Class::facets:
      query.text = between(0, 200);
      query.facets = {0, 1};
      break;
  }
  return query;
}

void BM_Build(benchmark::State& state) {
  agents();
  for (auto _ : state) {
    search::Index index(agent_schema());
    load(index, 0, agent_count);
    state.counters["index_MB"] = static_cast<double>(index.snapshot()->memory_bytes()) / 1e6;
  }
}
BENCHMARK(BM_Build)->Unit(benchmark::kMillisecond)->Iterations(2);

void BM_BuildOnTwoThreads(benchmark::State& state) {
  agents();
  for (auto _ : state) {
    search::Index index(agent_schema());
    std::vector<search::SegmentBuilder> builders;
    builders.emplace_back(index.schema());
    builders.emplace_back(index.schema());
    const auto fill = [&](std::size_t half) {
      for (std::size_t i = half; i < agent_count; i += 2) builders[half].add(agents()[i]);
      builders[half].prepare();
    };
    std::thread other(fill, 1);
    fill(0);
    other.join();
    index.adopt(builders);
  }
}
BENCHMARK(BM_BuildOnTwoThreads)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(2);

void BM_Class(benchmark::State& state) {
  const auto snapshot = loaded_snapshot();
  std::mt19937_64 random(7);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        snapshot->search(make_query(static_cast<Class>(state.range(0)), random)));
  }
}
BENCHMARK(BM_Class)->ArgName("class")->DenseRange(0, 8)->Unit(benchmark::kMicrosecond);

// CPU time of this thread, so that other programs on the machine do not count.
double thread_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void measure_mix(benchmark::State& state, const search::Snapshot& snapshot) {
  std::mt19937_64 random(11);
  std::vector<double> micros;
  int turn = 0;
  for (auto _ : state) {
    const Query query = make_query(static_cast<Class>(turn++ % 9), random);
    const double start = thread_micros();
    benchmark::DoNotOptimize(snapshot.search(query));
    micros.push_back(thread_micros() - start);
  }
  std::ranges::sort(micros);
  const auto last = static_cast<double>(micros.size() - 1);
  for (const auto& [name, share] : {std::pair{"p50_us", 0.5}, {"p90_us", 0.9}, {"p99_us", 0.99}}) {
    state.counters[name] = micros[static_cast<std::size_t>(last * share)];
  }
  state.counters["segments"] = static_cast<double>(snapshot.segments().size());
}

void BM_Mix(benchmark::State& state) { measure_mix(state, *loaded_snapshot()); }
BENCHMARK(BM_Mix)->Unit(benchmark::kMicrosecond)->Iterations(9000);
void BM_MixAfterChanges(benchmark::State& state) { measure_mix(state, *worn_snapshot()); }
BENCHMARK(BM_MixAfterChanges)->Unit(benchmark::kMicrosecond)->Iterations(9000);

void measure_listing(benchmark::State& state, const search::Snapshot& snapshot) {
  const Query query{.sort = {.by = search::Sort::By::number},
                    .offset = static_cast<std::size_t>(state.range(0)),
                    .limit = 30};
  for (auto _ : state) benchmark::DoNotOptimize(snapshot.search(query));
}

void BM_List(benchmark::State& state) { measure_listing(state, *loaded_snapshot()); }
BENCHMARK(BM_List)->Arg(0)->Arg(90'000)->Unit(benchmark::kMicrosecond);
void BM_ListAfterChanges(benchmark::State& state) { measure_listing(state, *worn_snapshot()); }
BENCHMARK(BM_ListAfterChanges)->Arg(0)->Arg(90'000)->Unit(benchmark::kMicrosecond);

// Replaces documents in batches of range(0), running planned merges as a server would; CPU time a
// document, merges included.
void BM_Apply(benchmark::State& state) {
  search::Index index(agent_schema());
  load(index, 0, agent_count);
  const auto batch = static_cast<std::size_t>(state.range(0));
  std::mt19937_64 random(3);
  std::size_t applied = 0;
  std::size_t most_segments = 0;
  for (auto _ : state) {
    std::vector<search::Change> changes;
    for (std::size_t i = 0; i < batch; ++i) changes.emplace_back(agents()[random() % agent_count]);
    index.apply(changes);
    applied += batch;
    while (auto merge = index.plan_merge()) {
      merge->run();
      index.install(std::move(*merge));
    }
    most_segments = std::max(most_segments, index.snapshot()->segments().size());
  }
  state.counters["us_per_document"] =
      benchmark::Counter(static_cast<double>(applied) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["most_segments"] = static_cast<double>(most_segments);
}
BENCHMARK(BM_Apply)->Arg(1)->Iterations(20'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Apply)->Arg(64)->Iterations(400)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace sovereign::bench
