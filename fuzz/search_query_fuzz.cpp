// A random index, changed by the input, and a query whose text is the input: no crash, and the
// totals, pages and facets that an oracle works out.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "search/index.hpp"
#include "search/limits.hpp"
#include "search/oracle.hpp"
#include "search/random_corpus.hpp"

namespace {

using namespace sovereign::search;

void require(bool holds) {
  if (!holds) std::abort();
}

// The first bytes steer, the rest is text for a document and the query.
struct Input {
  std::uint64_t seed = 0;
  std::string text;

  Input(const std::uint8_t* data, std::size_t size) {
    const auto steering = std::min<std::size_t>(size, 2);
    for (std::size_t i = 0; i < steering; ++i) seed = seed << 8 | data[i];
    text.assign(reinterpret_cast<const char*>(data) + steering, size - steering);
  }
};

void build(Index& index, testing::Oracle& oracle, testing::RandomCorpus& random,
           const Input& input) {
  const auto apply = [&](std::vector<Change> changes) {
    for (const auto& change : changes) oracle.apply(change);
    index.apply(changes);
  };
  for (std::uint32_t batch = 0; batch < 6; ++batch) {
    std::vector<Change> changes;
    for (std::uint32_t i = 0; i < 6; ++i) changes.emplace_back(random.document(random.below(30)));
    changes.emplace_back(Erase{testing::key_of(random.below(30))});
    apply(std::move(changes));
  }
  auto document = random.document(random.below(40));
  document.text[random.below(3)] = input.text;
  document.sort_name = input.text;
  document.keywords[0].push_back(input.text);
  apply({document});
}

void check(const Snapshot& snapshot, const testing::Oracle& oracle, Query query) {
  const bool valid = validate(query, snapshot.schema()).has_value();
  require(valid || query.text.size() > limits::query_text_bytes);
  query.limit = limits::page_hits;
  const auto whole = snapshot.search(query);
  const auto expected = oracle.matches(query, snapshot);
  require(whole.total == expected.size() && whole.hits.size() == whole.total && !whole.next);
  for (const auto& facet : whole.facets) {
    auto counts = oracle.facet(expected, facet.field);
    for (const auto& [value, count] : facet.values) require(counts[fold_case(value)] == count);
  }
  query.limit = 3;
  for (std::size_t seen = 0; seen < whole.hits.size();) {
    const auto page = snapshot.search(query);
    require(!page.hits.empty());
    for (const auto& hit : page.hits) require(hit.key == whole.hits.at(seen++).key);
    require(page.next.has_value() == (seen < whole.hits.size()));
    query.after = page.next;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, std::min<std::size_t>(size, 2000));
  testing::RandomCorpus random(input.seed);
  Index index(testing::small_schema());
  testing::Oracle oracle(testing::small_schema());
  build(index, oracle, random, input);
  for (int i = 0; i < 2; ++i) {
    auto query = random.query();
    if (i == 0) query.text = input.text;
    check(*index.snapshot(), oracle, query);
  }
  return 0;
}
