#include "search/snapshot.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "search/facets.hpp"
#include "search/filter.hpp"
#include "search/limits.hpp"
#include "search/listing.hpp"
#include "search/match_set.hpp"
#include "search/query_plan.hpp"
#include "search/rerank.hpp"
#include "search/scoring.hpp"
#include "search/segment.hpp"
#include "search/top_documents.hpp"

namespace sovereign::search {
namespace {

// One query on its way through the steps: match, count, order, describe.
class Search {
 public:
  Search(const Query& query, const Schema& schema, std::span<const SegmentView> segments,
         std::size_t live)
      : query_(query), segments_(segments), live_(live), sort_(effective_sort(query, schema)) {}

  Answer run() {
    match();
    Answer answer{.hits = {}, .total = total_, .facets = {}, .next = {}};
    for (const auto field : query_.facets) {
      answer.facets.push_back(count_facet(field, query_.facet_limit, segments_, matches_));
    }
    if (sort_.by == Sort::By::relevance) {
      page_by_relevance(answer);
    } else {
      page_in_order(answer);
    }
    return answer;
  }

 private:
  void match() {
    has_text_ = has_words(query_.text);
    if (has_text_) plan_ = make_plan(query_.text, segments_);
    everything_ = !has_text_ && is_everything(query_.filter);
    if (everything_) {
      total_ = live_;
      return;
    }
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      matches_.push_back(match_set({query_.filter, plan_, has_text_}, segments_[s], s));
      total_ += matches_.back().count();
    }
  }

  void page_by_relevance(Answer& answer) {
    const auto skipped = first_rank();
    if (skipped >= total_ || query_.limit == 0) return;
    const auto end = std::min<std::uint64_t>(skipped + query_.limit, total_);
    TopDocuments top(segments_, std::max<std::size_t>(end, limits::rerank_window));
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      score_matches(plan_, *segments_[s].segment, s, matches_[s], top);
    }
    auto ranked = top.take();
    look_again(ranked);
    const auto page = std::span(ranked).subspan(skipped, end - skipped);
    prefetch(page);
    answer.hits.reserve(page.size());
    for (const auto& [score, segment, document] : page) {
      answer.hits.push_back(describe(segment, document, score));
    }
    if (end < total_) answer.next = Position{Rank{end}, {}};
  }

  std::uint64_t first_rank() const {
    std::uint64_t rank = std::min<std::uint64_t>(query_.offset, total_);
    if (query_.after) {
      if (const auto* after = std::get_if<Rank>(&query_.after->at)) {
        rank += std::min(after->value, total_);
      }
    }
    return rank;
  }

  void look_again(std::vector<ScoredDocument>& ranked) {
    const auto count = std::min(limits::rerank_window, ranked.size());
    // The documents lie anywhere in memory: all are asked for before the first is read.
    for (const auto& document : std::span(ranked).first(count)) {
      segments_[document.segment].segment->columns.prefetch_ends(document.document);
    }
    for (const auto& document : std::span(ranked).first(count)) {
      segments_[document.segment].segment->columns.prefetch_tokens(document.document);
    }
    for (auto& document : std::span(ranked).first(count)) {
      document.score += second_look(plan_, matcher(document.segment), segments_, document.segment,
                                    document.document);
    }
    std::sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count),
              BetterDocument{segments_});
  }

  void prefetch(std::span<const ScoredDocument> page) const {
    for (const auto& [score, segment, document] : page) {
      segments_[segment].segment->columns.prefetch_payload(document);
    }
    for (const auto& [score, segment, document] : page) {
      segments_[segment].segment->columns.prefetch_owner(document);
    }
  }

  void page_in_order(Answer& answer) {
    const Listing listing{.sort = sort_,
                          .offset = query_.offset,
                          .limit = query_.limit + 1,
                          .after = query_.after ? &*query_.after : nullptr};
    auto page =
        everything_ ? list_all(listing, segments_) : list_matches(listing, segments_, matches_);
    const bool more = page.size() > query_.limit;
    if (more) page.pop_back();
    for (const auto& [segment, document] : page) {
      answer.hits.push_back(describe(segment, document, 0));
    }
    if (more && !page.empty()) {
      answer.next = position_of(sort_, segments_[page.back().segment], page.back().document);
    }
  }

  Hit describe(std::uint32_t segment, std::uint32_t document, float score) {
    const auto& columns = segments_[segment].segment->columns;
    Hit hit{.payload = columns.payloads[document],
            .key = columns.keys[document],
            .score = score,
            .matched = {}};
    if (has_text_ && query_.explain) {
      hit.matched = explain(plan_, matcher(segment), *segments_[segment].segment, document);
    }
    return hit;
  }

  const TokenMatcher& matcher(std::uint32_t segment) {
    return matchers_.try_emplace(segment, plan_, segment).first->second;
  }

  const Query& query_;
  std::span<const SegmentView> segments_;
  std::size_t live_;
  Sort sort_;
  QueryPlan plan_;
  bool has_text_ = false;
  bool everything_ = false;      ///< Neither text nor filter: no match sets are made.
  std::vector<Bitmap> matches_;  ///< By segment.
  std::uint64_t total_ = 0;
  std::map<std::uint32_t, TokenMatcher> matchers_;
};

}  // namespace

Snapshot::Snapshot(std::shared_ptr<const Schema> schema, std::vector<SegmentView> segments,
                   std::uint64_t version)
    : schema_(std::move(schema)), segments_(std::move(segments)), version_(version) {
  std::ranges::sort(segments_, [](const SegmentView& a, const SegmentView& b) {
    const auto by_size = b.segment->size() <=> a.segment->size();
    return by_size != 0 ? by_size < 0 : a.segment->columns.keys < b.segment->columns.keys;
  });
  for (const auto& view : segments_) {
    size_ += view.segment->size() - (view.tombstones ? view.tombstones->count : 0);
  }
}

Answer Snapshot::search(const Query& query) const {
  return Search(query, *schema_, segments_, size_).run();
}

std::shared_ptr<const void> Snapshot::find(const Uuid& key) const {
  for (const auto& [segment, tombstones] : segments_) {
    const auto document = segment->find(key);
    if (document && !(tombstones && tombstones->documents.test(*document))) {
      return segment->columns.payloads[*document];
    }
  }
  return nullptr;
}

bool Snapshot::contains(const Uuid& key) const {
  return std::ranges::any_of(segments_, [&](const SegmentView& view) {
    const auto document = view.segment->find(key);
    return document && !(view.tombstones && view.tombstones->documents.test(*document));
  });
}

std::size_t Snapshot::memory_bytes() const {
  std::size_t total = 0;
  for (const auto& view : segments_) total += view.segment->memory_bytes();
  return total;
}

}  // namespace sovereign::search
