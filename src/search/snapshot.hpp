// An immutable state of an Index: readers search it without waiting for writers while the Index
// moves on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/uuid.hpp"
#include "search/query.hpp"
#include "search/schema.hpp"

namespace sovereign::search {

struct Segment;
struct Tombstones;

/// Documents that were indexed together, less those removed since. Both parts are shared: by the
/// snapshots that show them and by merges that read them.
struct SegmentView {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<const Tombstones> tombstones;
};

/// Any thread may use it; it keeps what it shows alive.
class Snapshot {
 public:
  Snapshot(std::shared_ptr<const Schema> schema, std::vector<SegmentView> segments,
           std::uint64_t version);

  /// `query` has passed validate().
  Answer search(const Query& query) const;
  /// The payload of a document, or null when there is none of that key.
  std::shared_ptr<const void> find(const Uuid& key) const;
  bool contains(const Uuid& key) const;
  /// Live documents.
  std::size_t size() const { return size_; }
  /// Grows with every change; equal versions of one Index are equal states.
  std::uint64_t version() const { return version_; }
  const Schema& schema() const { return *schema_; }
  const std::vector<SegmentView>& segments() const { return segments_; }
  /// Heap bytes of the index structures, payloads not counted.
  std::size_t memory_bytes() const;

 private:
  std::shared_ptr<const Schema> schema_;
  std::vector<SegmentView> segments_;  ///< Largest first.
  std::size_t size_ = 0;
  std::uint64_t version_ = 0;
};

}  // namespace sovereign::search
