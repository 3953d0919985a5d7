#include "search/index.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "search/merge.hpp"
#include "search/segment.hpp"

namespace sovereign::search {
namespace {

const Uuid& key_of(const Change& change) {
  if (const auto* document = std::get_if<Document>(&change)) return document->key;
  return std::get<Erase>(change).key;
}

bool is_dead(const SegmentView& view, std::uint32_t document) {
  return view.tombstones && view.tombstones->documents.test(document);
}

SegmentSize size_of(const SegmentView& view) {
  const std::size_t dead = view.tombstones ? view.tombstones->count : 0;
  return {.live = view.segment->size() - dead, .dead = dead};
}

// The last change of each key.
std::vector<const Change*> last_of_each(std::span<const Change> changes) {
  if (changes.size() == 1) return {&changes.front()};
  std::unordered_map<Uuid, const Change*> last;
  for (const auto& change : changes) last[key_of(change)] = &change;
  std::vector<const Change*> out;
  for (const auto& [key, change] : last) out.push_back(change);
  return out;
}

}  // namespace

void Merge::run() { result_ = merge_segments(schema_, sources_); }

Index::Index(Schema schema) : schema_(std::make_shared<const Schema>(std::move(schema))) {
  publish();
}

void Index::apply(std::span<const Change> changes) {
  if (changes.empty()) return;
  std::vector<std::vector<std::uint32_t>> removed(segments_.size());
  SegmentBuilder builder(schema_);
  for (const Change* change : last_of_each(changes)) {
    find_for_removal(key_of(*change), removed);
    if (const auto* document = std::get_if<Document>(change)) builder.add(*document);
  }
  bury(removed);
  if (auto segment = builder.finish(stems_)) segments_.push_back({std::move(segment), nullptr});
  std::erase_if(segments_, [](const SegmentView& view) { return size_of(view).live == 0; });
  merge_small();
  publish();
}

void Index::find_for_removal(const Uuid& key,
                             std::vector<std::vector<std::uint32_t>>& removed) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto document = segments_[s].segment->find(key);
    if (!document || is_dead(segments_[s], *document)) continue;
    removed[s].push_back(*document);
    return;
  }
}

void Index::bury(const std::vector<std::vector<std::uint32_t>>& removed) {
  for (std::size_t s = 0; s < removed.size(); ++s) {
    if (removed[s].empty()) continue;
    auto& [segment, tombstones] = segments_[s];
    tombstones = with_removed(*segment, tombstones.get(), removed[s]);
  }
}

void Index::merge_small() {
  while (true) {
    std::vector<std::size_t> numbers;
    std::vector<SegmentSize> sizes;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      if (is_reserved(segments_[s])) continue;
      numbers.push_back(s);
      sizes.push_back(size_of(segments_[s]));
    }
    auto chosen_numbers = choose_small_merge(sizes);
    if (chosen_numbers.empty() && sizes.size() > most_segments) {
      chosen_numbers = choose_large_merge(sizes);
    }
    std::vector<SegmentView> sources;
    for (const auto chosen : chosen_numbers) sources.push_back(segments_[numbers[chosen]]);
    if (sources.empty()) return;
    replace(sources, {merge_segments(schema_, sources), nullptr});
  }
}

bool Index::is_reserved(const SegmentView& view) const {
  return !reservation_.expired() && std::ranges::find(reserved_, view.segment) != reserved_.end();
}

void Index::replace(std::span<const SegmentView> sources, SegmentView result) {
  std::erase_if(segments_, [&](const SegmentView& view) {
    return std::ranges::any_of(
        sources, [&](const SegmentView& source) { return source.segment == view.segment; });
  });
  if (result.segment) segments_.push_back(std::move(result));
}

void Index::adopt(std::span<SegmentBuilder> builders) {
  for (auto& builder : builders) {
    while (auto segment = builder.finish(stems_))
      segments_.push_back({std::move(segment), nullptr});
  }
  publish();
}

std::optional<Merge> Index::plan_merge() {
  if (!reservation_.expired()) return std::nullopt;
  std::vector<SegmentSize> sizes;
  for (const auto& view : segments_) sizes.push_back(size_of(view));
  const auto chosen = choose_large_merge(sizes);
  if (chosen.empty()) return std::nullopt;
  return plan(chosen);
}

std::optional<Merge> Index::plan_full_merge() {
  if (!reservation_.expired() || segments_.size() < 2) return std::nullopt;
  std::vector<std::size_t> all(segments_.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return plan(all);
}

Merge Index::plan(std::span<const std::size_t> chosen) {
  Merge merge;
  merge.schema_ = schema_;
  merge.reservation_ = std::make_shared<Merge::Reservation>();
  reserved_.clear();
  for (const auto s : chosen) {
    merge.sources_.push_back(segments_[s]);
    reserved_.push_back(segments_[s].segment);
  }
  reservation_ = merge.reservation_;
  return merge;
}

void Index::install(Merge merge) {
  std::vector<std::uint32_t> removed;
  for (const auto& source : merge.sources_) {
    const auto now = std::ranges::find(segments_, source.segment, &SegmentView::segment);
    for (std::uint32_t d = 0; d < source.segment->size(); ++d) {
      const bool gone_since = !is_dead(source, d) && (now == segments_.end() || is_dead(*now, d));
      if (!gone_since || !merge.result_) continue;
      if (const auto moved = merge.result_->find(source.segment->columns.keys[d])) {
        removed.push_back(*moved);
      }
    }
  }
  SegmentView result{merge.result_, nullptr};
  if (!removed.empty()) result.tombstones = with_removed(*merge.result_, nullptr, removed);
  if (result.segment && size_of(result).live == 0) result.segment = nullptr;
  replace(merge.sources_, std::move(result));
  reserved_.clear();
  merge.reservation_.reset();
  publish();
}

std::shared_ptr<const Snapshot> Index::snapshot() const {
  const std::lock_guard lock(snapshot_mutex_);
  return snapshot_;
}

void Index::publish() {
  const auto version = version_.load(std::memory_order_relaxed) + 1;
  auto next = std::make_shared<const Snapshot>(schema_, segments_, version);
  {
    const std::lock_guard lock(snapshot_mutex_);
    snapshot_.swap(next);
  }
  version_.store(version, std::memory_order_release);
}

}  // namespace sovereign::search
