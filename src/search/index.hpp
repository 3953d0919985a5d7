// A changing set of documents, kept as a few immutable segments (docs/search.md). One writer at a
// time, synchronised by the caller; any number of readers of its snapshots.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "search/schema.hpp"
#include "search/segment_builder.hpp"
#include "search/snapshot.hpp"
#include "search/stemmer.hpp"

namespace sovereign::search {

/// Several segments to be rewritten as one. Planned and installed by the writer; run() may go on in
/// another thread meanwhile. Dropping it without installing is fine.
class Merge {
 public:
  /// Rewrites; a few microseconds a document. Touches nothing that others see.
  void run();

 private:
  friend class Index;
  struct Reservation {};
  std::shared_ptr<const Schema> schema_;
  std::vector<SegmentView> sources_;
  std::shared_ptr<const Segment> result_;
  std::shared_ptr<Reservation> reservation_;  ///< While it lives, others leave the sources alone.
};

class Index {
 public:
  explicit Index(Schema schema);

  /// Applies the changes in their order (a later one of the same key wins) and shows them all at
  /// once in a new snapshot. Small merges happen here, bounded by about a thousand documents.
  void apply(std::span<const Change> changes);

  /// Adds bulk-loaded documents, one segment a builder; for the start, when the index holds none of
  /// their keys. Keys repeated over builders are not looked for. The builders are left empty.
  void adopt(std::span<SegmentBuilder> builders);

  /// A merge worth doing now, or nothing. One at a time: nothing while an earlier one is around.
  std::optional<Merge> plan_merge();
  /// The merge of all segments into one, unless there is but one or a merge is around.
  std::optional<Merge> plan_full_merge();
  /// Puts a merge that has run in the place of its sources; documents changed since stay changed.
  void install(Merge merge);

  /// The current state. Any thread; costs a short lock.
  std::shared_ptr<const Snapshot> snapshot() const;
  /// The version of snapshot(), any thread, one atomic load: to keep a shared_ptr until it changes.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  const std::shared_ptr<const Schema>& schema() const { return schema_; }

 private:
  /// Notes the live document of the key, by segment.
  void find_for_removal(const Uuid& key, std::vector<std::vector<std::uint32_t>>& removed) const;
  Merge plan(std::span<const std::size_t> chosen);
  bool is_reserved(const SegmentView& view) const;
  void replace(std::span<const SegmentView> sources, SegmentView result);
  void bury(const std::vector<std::vector<std::uint32_t>>& removed);
  void merge_small();
  void publish();

  std::shared_ptr<const Schema> schema_;
  StemCache stems_;
  std::vector<SegmentView> segments_;
  std::weak_ptr<Merge::Reservation> reservation_;
  std::vector<std::shared_ptr<const Segment>> reserved_;  ///< Sources of the planned merge.
  std::atomic<std::uint64_t> version_ = 0;
  mutable std::mutex snapshot_mutex_;  ///< Guards snapshot_.
  std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace sovereign::search
