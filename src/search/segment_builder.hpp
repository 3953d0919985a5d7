// Collects documents and makes a segment of them. Each builder is for one thread; several can be
// filled at once and handed to Index::adopt.
#pragma once

#include <cstddef>
#include <memory>

#include "search/schema.hpp"

namespace sovereign::search {

struct Segment;
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

  /// The segment of everything added; the builder is empty afterwards. Null when nothing was added.
  /// (After prepare(): first what that made, then, asked again, what was added since.)
  std::shared_ptr<const Segment> finish(StemCache& stems);
  /// Does the long part of finish() (sorting, stemming, inverting) now, in the filling thread, and
  /// keeps the result for Index::adopt. Once a builder.
  void prepare();

 private:
  friend class Index;
  std::shared_ptr<const Schema> schema_;
  std::unique_ptr<SegmentDraft> draft_;
  std::shared_ptr<const Segment> prepared_;
};

}  // namespace sovereign::search
