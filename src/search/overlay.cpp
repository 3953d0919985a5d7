#include "search/overlay.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "search/segment.hpp"
#include "search/segment_builder.hpp"
#include "search/stemmer.hpp"

namespace sovereign::search {

std::shared_ptr<const Segment> make_segment(const std::shared_ptr<const Schema>& schema,
                                            std::span<const Document> documents) {
  SegmentBuilder builder(schema);
  for (const auto& document : documents) builder.add(document);
  StemCache stems;
  return builder.finish(stems);
}

std::shared_ptr<const Snapshot> overlay(const std::shared_ptr<const Schema>& schema,
                                        const Snapshot& below,
                                        std::span<const std::shared_ptr<const Segment>> segments,
                                        Below shown) {
  std::vector<SegmentView> views;
  if (shown == Below::shown) views = below.segments();
  const auto first = views.size();
  for (const auto& segment : segments) {
    std::vector<std::uint32_t> taken;
    for (std::uint32_t document = 0; document < segment->size(); ++document) {
      const auto& key = segment->columns.keys[document];
      const auto earlier = std::span(views).subspan(first);
      const bool is_taken =
          below.contains(key) || std::ranges::any_of(earlier, [&](const SegmentView& view) {
            return view.segment->find(key).has_value();
          });
      if (is_taken) taken.push_back(document);
    }
    views.push_back({segment, taken.empty() ? nullptr : with_removed(*segment, nullptr, taken)});
  }
  return std::make_shared<const Snapshot>(schema, std::move(views), below.version());
}

}  // namespace sovereign::search
