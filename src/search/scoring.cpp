#include "search/scoring.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "search/ranking_constants.hpp"

namespace sovereign::search {
namespace {

constexpr std::size_t window_size = 4096;
constexpr std::size_t window_words = window_size / 64;

struct DenseCursor {
  const DensePostings* postings;
  float weight;  ///< Of one unit of impact.
};

struct ListCursor {
  PostingList list;
  std::size_t at = 0;
  float weight;
};

// The forms of one word. Several forms in one document do not add up in full.
struct WordCursors {
  std::vector<DenseCursor> dense;
  std::vector<ListCursor> lists;
  std::array<std::uint64_t, window_words> seen{};  ///< By a list of this word, in this window.
};

class Scorer {
 public:
  Scorer(const QueryPlan& plan, const Segment& segment, std::size_t number, const Bitmap& matches,
         TopDocuments& top)
      : number_(static_cast<std::uint32_t>(number)), matches_(matches), top_(top) {
    for (const auto& word : plan.words) {
      if (!word.variants[number].empty()) open(word, segment);
    }
  }

  void run() {
    for (std::size_t base = 0; base < matches_.size(); base += window_size) {
      touched_.fill(0);
      for (auto& word : words_) add_lists(word, base);
      rank_window(base);
    }
  }

 private:
  void open(const PlannedWord& word, const Segment& segment) {
    WordCursors& cursors = words_.emplace_back();
    for (const Variant& variant : word.variants[number_]) {
      const float weight = word.information * variant.factor / impact_scale;
      if (const auto* dense = segment.postings.dense(variant.term)) {
        cursors.dense.push_back({dense, weight});
        any_dense_ = true;
      } else {
        cursors.lists.push_back({.list = segment.postings.list(variant.term), .weight = weight});
      }
    }
  }

  void add_lists(WordCursors& word, std::size_t base) {
    if (word.lists.size() > 1) word.seen.fill(0);
    for (auto& cursor : word.lists) {
      const auto documents = cursor.list.documents;
      for (; cursor.at < documents.size(); ++cursor.at) {
        const std::size_t local = documents[cursor.at] - base;
        if (local >= window_size) break;
        if (!matches_.test(documents[cursor.at])) continue;
        float score = cursor.weight * static_cast<float>(cursor.list.impacts[cursor.at]);
        const auto bit = std::uint64_t{1} << (local % 64);
        if (is_further_form(word, documents[cursor.at], local)) score *= further_form_factor;
        word.seen[local / 64] |= bit;
        if ((touched_[local / 64] & bit) == 0) scores_[local] = 0;
        touched_[local / 64] |= bit;
        scores_[local] += score;
      }
    }
  }

  static bool is_further_form(const WordCursors& word, std::uint32_t document, std::size_t local) {
    if (word.lists.size() > 1 && (word.seen[local / 64] >> (local % 64) & 1) != 0) return true;
    return std::ranges::any_of(
        word.dense, [&](const DenseCursor& dense) { return dense.postings->impacts[document] > 0; });
  }

  void rank_window(std::size_t base) {
    const auto blocks = std::min(window_words, matches_.word_count() - base / 64);
    for (std::size_t b = 0; b < blocks; ++b) {
      const std::uint64_t matching = matches_.word(base / 64 + b);
      for (auto left = matching & touched_[b]; left != 0; left &= left - 1) {
        const auto local = b * 64 + static_cast<unsigned>(std::countr_zero(left));
        offer(base + local, scores_[local]);
      }
      const auto others = matching & ~touched_[b];
      if (others == 0 || !has_chance(best_dense_in(base / 64 + b))) continue;
      for (auto left = others; left != 0; left &= left - 1) {
        offer(base + b * 64 + static_cast<unsigned>(std::countr_zero(left)), 0);
      }
    }
  }

  float best_dense_in(std::size_t block) const {
    float best = 0;
    for (const auto& word : words_) {
      for (const auto& dense : word.dense) {
        best += dense.weight * static_cast<float>(dense.postings->block_maxima[block]);
      }
    }
    return best;
  }

  // Documents come in the order of their keys, so in the first segment, where all kept ones are from
  // here, an equal score comes too late.
  bool has_chance(float score) const {
    return number_ == 0 ? score > top_.bar() : score >= top_.bar();
  }

  void offer(std::size_t document, float score) {
    if (any_dense_) score += dense_score(document);
    if (has_chance(score)) top_.add({score, number_, static_cast<std::uint32_t>(document)});
  }

  float dense_score(std::size_t document) const {
    float score = 0;
    for (const auto& word : words_) {
      bool further = false;
      for (const auto& dense : word.dense) {
        const auto impact = dense.postings->impacts[document];
        if (impact == 0) continue;
        score += dense.weight * static_cast<float>(impact) * (further ? further_form_factor : 1.0F);
        further = true;
      }
    }
    return score;
  }

  std::uint32_t number_;
  const Bitmap& matches_;
  TopDocuments& top_;
  bool any_dense_ = false;
  std::vector<WordCursors> words_;
  std::array<std::uint64_t, window_words> touched_{};
  std::array<float, window_size> scores_;  ///< Valid where touched.
};

}  // namespace

void score_matches(const QueryPlan& plan, const Segment& segment, std::size_t segment_number,
                   const Bitmap& matches, TopDocuments& top) {
  Scorer(plan, segment, segment_number, matches, top).run();
}

}  // namespace sovereign::search
