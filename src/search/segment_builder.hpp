// Collects documents and makes a segment of them. Each builder is for one thread; several can be
// filled at once and handed to Index::adopt.
#pragma once

#include <cstddef>
#include <memory>

#include "search/schema.hpp"

namespace sovereign::search {

class Segment;
class StemCache;
struct SegmentDraft;

class SegmentBuilder {
 public:
  explicit SegmentBuilder(std::shared_ptr<const Schema> schema);
  SegmentBuilder(SegmentBuilder&&) noexcept;
  SegmentBuilder& operator=(SegmentBuilder&&) noexcept;
  ~SegmentBuilder();

  /// Keys must differ; of equal ones the last added wins.
  void add(const Document& document);
  std::size_t size() const;

  /// The segment of everything added, which may be long work (sorting, stemming, inverting); the
  /// builder is empty afterwards. Call it in the filling thread to have it done there: adopt() then
  /// only takes the result. Null when nothing was added.
  std::shared_ptr<const Segment> finish(StemCache& stems);
  /// As above with stems of its own, and keeps the result for adopt().
  void prepare();

 private:
  friend class Index;
  std::shared_ptr<const Schema> schema_;
  std::unique_ptr<SegmentDraft> draft_;
  std::shared_ptr<const Segment> prepared_;
};

}  // namespace sovereign::search
