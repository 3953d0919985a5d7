#include "search/rank_cache.hpp"

#include <algorithm>

namespace sovereign::search {
namespace {

/// Tells match sets apart; two that share it would only be met on purpose by who wrote both. Four
/// lanes, so that one multiplication need not wait for the one before.
std::uint64_t fingerprint_of(const Bitmap& matches) {
  std::array<std::uint64_t, 4> lanes = {matches.size(), 1, 2, 3};
  for (std::size_t i = 0; i < matches.word_count(); ++i) {
    auto& lane = lanes[i % lanes.size()];
    lane = (lane ^ matches.word(i)) * 0x9e3779b97f4a7c15U;
    lane ^= lane >> 29;
  }
  std::uint64_t hash = 0;
  for (const auto lane : lanes) hash = (hash ^ lane) * 0xff51afd7ed558ccdU + (hash >> 31);
  return hash;
}

MatchRanks count(const Bitmap& matches, const SortOrder& order) {
  MatchRanks ranks;
  ranks.reserve(order.size() / RankCache::block + 1);
  std::uint32_t before = 0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    if (place % RankCache::block == 0) ranks.push_back(before);
    before += matches.test(order[place]);
  }
  if (order.size() % RankCache::block == 0) ranks.push_back(before);
  return ranks;
}

}  // namespace

std::shared_ptr<const MatchRanks> RankCache::find(const Bitmap& matches, const SortOrder& order,
                                                  std::size_t number) const {
  const auto fingerprint = fingerprint_of(matches);
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::ranges::find_if(entries_, [&](const Entry& entry) {
      return entry.ranks && entry.fingerprint == fingerprint && entry.order == number;
    });
    if (known != entries_.end()) return known->ranks;
  }
  auto ranks = std::make_shared<const MatchRanks>(count(matches, order));
  const std::lock_guard lock(mutex_);
  entries_[next_++ % capacity] = {fingerprint, number, ranks};
  return ranks;
}

}  // namespace sovereign::search
