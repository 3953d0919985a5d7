#include "search/listing.hpp"

#include <gtest/gtest.h>

#include "search/index.hpp"
#include "search/oracle.hpp"
#include "search/random_corpus.hpp"

namespace sovereign::search {
namespace {

using testing::Oracle;

std::vector<Uuid> page_of(const Snapshot& snapshot, const Query& query) {
  std::vector<Uuid> keys;
  for (const auto& hit : snapshot.search(query).hits) keys.push_back(hit.key);
  return keys;
}

// Enough documents that deep pages of a filtered listing are found by counting, not by walking.
class DeepListing : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kDocuments = 8000;

  DeepListing() : index_(testing::small_schema()), oracle_(testing::small_schema()) {
    testing::RandomCorpus random(7);
    for (std::uint32_t first = 0; first < kDocuments; first += 500) {
      std::vector<Change> changes;
      for (std::uint32_t i = 0; i < 500; ++i) changes.emplace_back(random.document(first + i));
      for (int i = 0; i < 20; ++i)
        changes.emplace_back(Erase{testing::key_of(random.below(first + 1))});
      for (const auto& change : changes) oracle_.apply(change);
      index_.apply(changes);
    }
  }

  void expect_page(const Query& query) {
    const auto snapshot = index_.snapshot();
    auto expected = oracle_.matches(query, *snapshot);
    Oracle::sort(expected, effective_sort(query, snapshot->schema()));
    std::vector<Uuid> keys;
    for (auto i = query.offset; i < std::min(query.offset + query.limit, expected.size()); ++i) {
      keys.push_back(expected[i]->key);
    }
    EXPECT_EQ(page_of(*snapshot, query), keys) << "offset " << query.offset;
  }

  Index index_;
  Oracle oracle_;
};

TEST_F(DeepListing, OfMatchesAgreesWithTheOracleAtEveryDepth) {
  for (const auto direction : {Sort::Direction::ascending, Sort::Direction::descending}) {
    for (const std::size_t offset : {0, 100, 1500, 2100, 4000, 5300, 7990, 20000}) {
      Query query{.offset = offset, .limit = 30};
      query.filter = {NoneOf{{Filter{HasTerm{1, "owner2"}}}}};
      query.sort = {.by = Sort::By::number, .direction = direction, .field = 0};
      expect_page(query);
      query.sort = {.by = Sort::By::name, .direction = direction};
      expect_page(query);
    }
  }
}

TEST_F(DeepListing, SeesARemovalOnThePageItWasOn) {
  Query query{.offset = 4000, .limit = 5};
  query.filter = {NoneOf{{Filter{HasTerm{1, "owner2"}}}}};
  query.sort = {.by = Sort::By::number, .field = 0};
  const auto before = page_of(*index_.snapshot(), query);
  ASSERT_EQ(before.size(), 5U);
  const Change erase{Erase{before[0]}};
  oracle_.apply(erase);
  index_.apply({&erase, 1});
  expect_page(query);
  EXPECT_EQ(page_of(*index_.snapshot(), query)[0], before[1]);
}

}  // namespace
}  // namespace sovereign::search
