// The index against an oracle, on random documents and queries: everything that is promised to be
// exact.
#include "search/index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "search/merge.hpp"
#include "search/oracle.hpp"
#include "search/random_corpus.hpp"
#include "search/segment.hpp"

namespace sovereign::search {
namespace {

using testing::Oracle;
using testing::RandomCorpus;

std::vector<Uuid> keys_of(const Answer& answer) {
  std::vector<Uuid> keys;
  for (const auto& hit : answer.hits) keys.push_back(hit.key);
  return keys;
}

void expect_same(const Answer& a, const Answer& b) {
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(keys_of(a), keys_of(b));
  EXPECT_EQ(a.next, b.next);
  ASSERT_EQ(a.facets.size(), b.facets.size());
  for (std::size_t f = 0; f < a.facets.size(); ++f) {
    ASSERT_EQ(a.facets[f].values.size(), b.facets[f].values.size());
    for (std::size_t v = 0; v < a.facets[f].values.size(); ++v) {
      EXPECT_EQ(a.facets[f].values[v].count, b.facets[f].values[v].count);
      EXPECT_EQ(fold_case(a.facets[f].values[v].value), fold_case(b.facets[f].values[v].value));
    }
  }
}

// The most frequent values, in order.
void expect_facet(const Facet& facet, const std::map<std::string, std::uint64_t>& counts,
                  std::size_t limit) {
  std::vector<std::pair<std::string, std::uint64_t>> expected(counts.begin(), counts.end());
  std::ranges::sort(expected, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  expected.resize(std::min(limit, expected.size()));
  std::vector<std::pair<std::string, std::uint64_t>> actual;
  for (const auto& [value, count] : facet.values) actual.emplace_back(fold_case(value), count);
  EXPECT_EQ(actual, expected) << "of keyword field " << facet.field;
}

void expect_as_oracle(const Snapshot& snapshot, const Oracle& oracle, const Query& query) {
  const auto answer = snapshot.search(query);
  auto expected = oracle.matches(query, snapshot);
  ASSERT_EQ(answer.total, expected.size()) << query.text;
  for (const auto& facet : answer.facets) {
    expect_facet(facet, oracle.facet(expected, facet.field), query.facet_limit);
  }
  const Sort sort = effective_sort(query, snapshot.schema());
  if (sort.by == Sort::By::relevance) return;
  Oracle::sort(expected, sort);
  const auto first = std::min(query.offset, expected.size());
  const auto last = std::min(first + query.limit, expected.size());
  std::vector<Uuid> page;
  for (auto i = first; i < last; ++i) page.push_back(expected[i]->key);
  EXPECT_EQ(keys_of(answer), page) << "sorted by " << static_cast<int>(sort.by);
}

// Random changes in batches, as a writer makes them.
class Fixture {
 public:
  explicit Fixture(std::uint64_t seed) : random(seed) {}

  void change(std::size_t batches, std::uint32_t keys) {
    for (std::size_t b = 0; b < batches; ++b) {
      std::vector<Change> changes;
      for (auto n = 1 + random.below(5); n > 0; --n) {
        const auto number = random.below(keys);
        if (random.below(4) == 0) {
          changes.emplace_back(Erase{testing::key_of(number)});
        } else {
          changes.emplace_back(random.document(number));
        }
        oracle.apply(changes.back());
      }
      index.apply(changes);
    }
  }

  void load(std::uint32_t count) {
    std::vector<SegmentBuilder> builders;
    builders.emplace_back(index.schema());
    builders.emplace_back(index.schema());
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto document = random.document(i);
      builders[i % 3 == 0].add(document);
      oracle.apply(document);
    }
    builders[0].prepare();
    index.adopt(builders);
  }

  RandomCorpus random;
  Index index{testing::small_schema()};
  Oracle oracle{testing::small_schema()};
};

TEST(Index, IsEmptyAtFirst) {
  const Index index(testing::small_schema());
  const auto answer = index.snapshot()->search({.text = "mail", .facets = {0}});
  EXPECT_EQ(answer.total, 0U);
  EXPECT_EQ(index.snapshot()->search({}).total, 0U);
  EXPECT_EQ(index.snapshot()->size(), 0U);
  EXPECT_EQ(index.snapshot()->find(Uuid{}), nullptr);
}

TEST(Index, AgreesWithTheOracleThroughChanges) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(seed);
    Fixture fixture(seed);
    for (int round = 0; round < 8; ++round) {
      fixture.change(20, 120);
      const auto snapshot = fixture.index.snapshot();
      ASSERT_EQ(snapshot->size(), fixture.oracle.documents().size());
      for (int q = 0; q < 25; ++q) {
        auto query = fixture.random.query();
        query.offset = fixture.random.below(3) == 0 ? fixture.random.below(60) : 0;
        ASSERT_TRUE(validate(query, snapshot->schema()));
        expect_as_oracle(*snapshot, fixture.oracle, query);
      }
    }
  }
}

TEST(Index, AgreesWithTheOracleWhereWordsAndValuesAreDense) {
  Fixture fixture(99);
  fixture.load(4000);
  fixture.change(20, 4000);
  const auto snapshot = fixture.index.snapshot();
  for (int q = 0; q < 60; ++q) {
    auto query = fixture.random.query();
    query.offset = fixture.random.below(2) == 0 ? fixture.random.below(4000) : 0;
    expect_as_oracle(*snapshot, fixture.oracle, query);
  }
}

TEST(Index, FindsTheBestAlsoWhenItSkipsTheHopeless) {
  Fixture fixture(5);
  fixture.load(4000);
  const auto snapshot = fixture.index.snapshot();
  for (int q = 0; q < 60; ++q) {
    // Beyond those looked at twice, so that a page ends where the skipping begins.
    Query query{.text = fixture.random.words(1 + fixture.random.below(3)), .limit = 200};
    const auto few = keys_of(snapshot->search(query));
    query.limit = 1000;
    auto many = keys_of(snapshot->search(query));
    many.resize(few.size());
    EXPECT_EQ(few, many) << query.text;
  }
}

TEST(Index, PagesOfOneQueryMakeUpTheWhole) {
  Fixture fixture(6);
  fixture.load(500);
  const auto snapshot = fixture.index.snapshot();
  for (const auto by : {Sort::By::relevance, Sort::By::number, Sort::By::name}) {
    Query query{.text = "mail database server", .sort = {.by = by}, .limit = 1000};
    const auto whole = keys_of(snapshot->search(query));
    query.limit = 7;
    std::vector<Uuid> walked;
    std::vector<Uuid> by_offset;
    while (true) {
      const auto answer = snapshot->search(query);
      std::ranges::copy(keys_of(answer), std::back_inserter(walked));
      Query same{.text = query.text, .sort = query.sort, .offset = by_offset.size(), .limit = 7};
      std::ranges::copy(keys_of(snapshot->search(same)), std::back_inserter(by_offset));
      if (!answer.next) break;
      query.after = answer.next;
    }
    EXPECT_EQ(walked, whole);
    EXPECT_EQ(by_offset, whole);
  }
}

TEST(Index, CursorWalksSeeEachStayingDocumentOnceUnderChanges) {
  for (const auto by : {Sort::By::number, Sort::By::name}) {
    for (const auto direction : {Sort::Direction::ascending, Sort::Direction::descending}) {
      Fixture fixture(7);
      fixture.load(300);
      std::map<Uuid, int> seen;
      Query query{.sort = {by, direction, 1}, .limit = 9};
      while (true) {
        const auto answer = fixture.index.snapshot()->search(query);
        for (const auto& hit : answer.hits) ++seen[hit.key];
        if (!answer.next) break;
        query.after = answer.next;
        // New documents, and the removal of ones that came with these.
        const auto fresh = 1000 + fixture.random.below(1000);
        const std::vector<Change> changes = {
            fixture.random.document(fresh),
            Erase{testing::key_of(1000 + fixture.random.below(1000))}};
        fixture.index.apply(changes);
      }
      for (std::uint32_t i = 0; i < 300; ++i) EXPECT_EQ(seen[testing::key_of(i)], 1) << i;
    }
  }
}

TEST(Index, ShowsAWriteAtOnceAndLeavesOldSnapshotsAlone) {
  Index index(testing::small_schema());
  RandomCorpus random(1);
  auto document = random.document(1);
  document.text[0] = "Unmistakable";
  const std::vector<Change> insert = {document};
  const auto before = index.snapshot();
  index.apply(insert);
  EXPECT_EQ(index.snapshot()->search({.text = "unmistakable"}).total, 1U);
  EXPECT_GT(index.version(), before->version());
  EXPECT_EQ(index.snapshot()->version(), index.version());
  EXPECT_EQ(before->size(), 0U);
  EXPECT_EQ(index.snapshot()->find(document.key), document.payload);
  const std::vector<Change> erase = {document, Erase{document.key}, Erase{testing::key_of(9)}};
  const auto with = index.snapshot();
  index.apply(erase);
  EXPECT_EQ(index.snapshot()->search({.text = "unmistakable"}).total, 0U);
  EXPECT_FALSE(index.snapshot()->contains(document.key));
  EXPECT_TRUE(with->contains(document.key));
}

TEST(Index, TheLastChangeOfAKeyInABatchWins) {
  Index index(testing::small_schema());
  RandomCorpus random(2);
  auto first = random.document(1);
  auto second = random.document(1);
  const std::vector<Change> changes = {first, Erase{first.key}, second};
  index.apply(changes);
  EXPECT_EQ(index.snapshot()->find(first.key), second.payload);
  EXPECT_EQ(index.snapshot()->size(), 1U);
}

TEST(Index, KeepsFewSegmentsWithoutHelp) {
  Fixture fixture(8);
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const Change change = fixture.random.document(i);
    fixture.index.apply({&change, 1});
    ASSERT_LE(fixture.index.snapshot()->segments().size(), most_segments);
  }
  while (auto merge = fixture.index.plan_merge()) {
    merge->run();
    fixture.index.install(std::move(*merge));
  }
  EXPECT_LE(fixture.index.snapshot()->segments().size(), 15U);
  EXPECT_EQ(fixture.index.snapshot()->size(), 3000U);
}

TEST(Merge, GivesWhatARebuildGives) {
  for (std::uint64_t seed = 20; seed < 26; ++seed) {
    Fixture fixture(seed);
    fixture.load(200);
    fixture.change(60, 400);
    const auto worn = fixture.index.snapshot();
    const Snapshot merged(worn->segments()[0].segment->schema,
                          {{merge_segments(fixture.index.schema(), worn->segments()), nullptr}}, 1);
    Index rebuilt(testing::small_schema());
    std::vector<Change> all;
    for (const auto& [key, document] : fixture.oracle.documents()) all.emplace_back(document);
    rebuilt.apply(all);
    ASSERT_EQ(merged.size(), rebuilt.snapshot()->size());
    for (int q = 0; q < 40; ++q) {
      const auto query = fixture.random.query();
      const auto a = merged.search(query);
      const auto b = rebuilt.snapshot()->search(query);
      expect_same(a, b);
      for (std::size_t i = 0; i < a.hits.size(); ++i) EXPECT_EQ(a.hits[i].score, b.hits[i].score);
    }
  }
}

TEST(Merge, GoesOnWhileTheIndexChanges) {
  Fixture fixture(30);
  for (int round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      std::vector<Change> changes;
      for (std::uint32_t n = 0; n < 300; ++n) {
        changes.emplace_back(fixture.random.document(fixture.random.below(1500)));
        fixture.oracle.apply(changes.back());
      }
      fixture.index.apply(changes);
    }
    auto merge = fixture.index.plan_merge();
    if (!merge) continue;
    EXPECT_FALSE(fixture.index.plan_merge()) << "one at a time";
    fixture.change(10, 1500);
    merge->run();
    fixture.change(10, 1500);
    fixture.index.install(std::move(*merge));
    const auto snapshot = fixture.index.snapshot();
    ASSERT_EQ(snapshot->size(), fixture.oracle.documents().size());
    for (const auto& [key, document] : fixture.oracle.documents()) {
      ASSERT_EQ(snapshot->find(key), document.payload);
    }
    expect_as_oracle(*snapshot, fixture.oracle, fixture.random.query());
  }
}

TEST(Merge, ADroppedPlanLeavesTheSegmentsToTheNext) {
  Fixture fixture(31);
  for (int i = 0; i < 4; ++i) {
    std::vector<Change> changes;
    for (std::uint32_t n = 0; n < 300; ++n)
      changes.emplace_back(fixture.random.document(i * 300U + n));
    fixture.index.apply(changes);
  }
  ASSERT_TRUE(fixture.index.plan_merge());
  EXPECT_TRUE(fixture.index.plan_merge());
}

TEST(Index, IsReadByTwoThreadsWhileOneWrites) {
  Fixture fixture(40);
  fixture.load(200);
  std::atomic<bool> done = false;
  std::atomic<std::size_t> wrong = 0;
  const auto read = [&](std::uint64_t seed) {
    RandomCorpus random(seed);
    while (!done) {
      const auto snapshot = fixture.index.snapshot();
      auto query = random.query();
      query.limit = 1000;
      const auto answer = snapshot->search(query);
      // Documents come and go, but each snapshot is consistent in itself.
      wrong += answer.total != answer.hits.size() || snapshot->search(query).total != answer.total;
    }
  };
  std::thread one(read, 1);
  std::thread two(read, 2);
  fixture.change(300, 300);
  done = true;
  one.join();
  two.join();
  EXPECT_EQ(wrong, 0U);
}

}  // namespace
}  // namespace sovereign::search
