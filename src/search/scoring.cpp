#include "search/scoring.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

#include "search/ranking_constants.hpp"

namespace sovereign::search {
namespace {

constexpr std::size_t window_size = 16384;
constexpr std::size_t window_words = window_size / 64;
// Postings looked at for a first guess of the bar.
constexpr std::size_t sample_size = 4096;

struct DenseCursor {
  const DensePostings* postings;
  float weight;  ///< Of one unit of impact.
  std::uint16_t scaled_weight = 0;
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
    if (any_dense_) scale_dense_weights();
  }

  void run() {
    for (const auto& word : words_) expect_from(word);
    if (words_.size() == 1 && words_[0].lists.size() == 1 && !any_dense_)
      return walk(words_[0].lists[0]);
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
        cursors.dense.push_back({.postings = dense, .weight = weight});
        any_dense_ = true;
      } else {
        cursors.lists.push_back({.list = segment.postings.list(variant.term), .weight = weight});
      }
    }
  }

  // The impacts of the first few thousand matches of a word's best form tell a score that enough
  // documents reach, whatever the other words add.
  void expect_from(const WordCursors& word) {
    std::array<std::uint32_t, 256> counts{};
    float weight = 0;
    if (!word.dense.empty()) {
      const auto& impacts = word.dense.front().postings->impacts;
      weight = word.dense.front().weight;
      const auto end = std::min(impacts.size(), sample_size);
      for (std::size_t d = 0; d < end; ++d) counts[impacts[d]] += matches_.test(d);
    } else if (!word.lists.empty()) {
      const auto& list = word.lists.front().list;
      weight = word.lists.front().weight;
      const auto end = std::min(list.documents.size(), sample_size);
      for (std::size_t i = 0; i < end; ++i) {
        counts[list.impacts[i]] += matches_.test(list.documents[i]);
      }
    }
    std::size_t reaching = 0;
    for (std::size_t impact = 255; impact > 0; --impact) {
      reaching += counts[impact];
      if (reaching >= top_.wanted()) return top_.expect(weight * static_cast<float>(impact));
    }
  }

  // One word, one form: nothing needs to be summed up.
  void walk(const ListCursor& cursor) {
    for (std::size_t i = 0; i < cursor.list.documents.size(); ++i) {
      const float score = cursor.weight * static_cast<float>(cursor.list.impacts[i]);
      if (has_chance(score) && matches_.test(cursor.list.documents[i])) {
        top_.add({score, number_, cursor.list.documents[i]});
      }
    }
  }

  void add_lists(WordCursors& word, std::size_t base) {
    const bool one_form = word.lists.size() == 1 && word.dense.empty();
    if (!one_form) word.seen.fill(0);
    for (auto& cursor : word.lists) {
      one_form ? add_list<true>(word, cursor, base) : add_list<false>(word, cursor, base);
    }
  }

  template <bool one_form>
  void add_list(WordCursors& word, ListCursor& cursor, std::size_t base) {
    const auto documents = cursor.list.documents;
    const std::uint64_t* matching = matches_.data() + base / 64;
    std::size_t at = cursor.at;
    for (; at < documents.size(); ++at) {
      const std::size_t local = documents[at] - base;
      if (local >= window_size) break;
      const auto bit = std::uint64_t{1} << (local % 64);
      if ((matching[local / 64] & bit) == 0) continue;
      float score = cursor.weight * static_cast<float>(cursor.list.impacts[at]);
      if constexpr (!one_form) {
        if (is_further_form(word, documents[at], local)) score *= further_form_factor;
        word.seen[local / 64] |= bit;
      }
      const bool touched = (touched_[local / 64] & bit) != 0;
      scores_[local] = touched ? scores_[local] + score : score;
      touched_[local / 64] |= bit;
    }
    cursor.at = at;
  }

  static bool is_further_form(const WordCursors& word, std::uint32_t document, std::size_t local) {
    if ((word.seen[local / 64] >> (local % 64) & 1) != 0) return true;
    return std::ranges::any_of(word.dense, [&](const DenseCursor& dense) {
      return dense.postings->impacts[document] > 0;
    });
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
      for (auto left = others & promising_in(base / 64 + b); left != 0; left &= left - 1) {
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

  // Which of the 64 documents may reach the bar by their dense words alone, in 16-bit arithmetic
  // that rounds up: eight documents an instruction.
  std::uint64_t promising_in(std::size_t block) const {
    const std::size_t first = block * 64;
    if (top_.bar() <= 0 || first + 64 > matches_.size()) return ~std::uint64_t{0};
    std::array<std::uint16_t, 64> sums{};
    for (const auto& word : words_) {
      for (const auto& dense : word.dense) {
        const std::uint8_t* impacts = dense.postings->impacts.data() + first;
        for (std::size_t i = 0; i < 64; ++i) {
          sums[i] = static_cast<std::uint16_t>(sums[i] + impacts[i] * dense.scaled_weight);
        }
      }
    }
    const auto bar = static_cast<std::uint16_t>(std::min(top_.bar() * scale_, 65535.0F));
    // Mostly none does, which is quicker to see than which ones do.
    std::uint16_t best = 0;
    for (const auto sum : sums) best = std::max(best, sum);
    if (best < bar) return 0;
    std::uint64_t promising = 0;
    for (std::size_t i = 0; i < 64; ++i) promising |= std::uint64_t{sums[i] >= bar} << i;
    return promising;
  }

  // Weights as whole numbers, such that no sum exceeds 16 bits.
  void scale_dense_weights() {
    float sum = 0;
    float count = 0;
    for (const auto& word : words_) {
      for (const auto& dense : word.dense) {
        sum += dense.weight;
        ++count;
      }
    }
    scale_ = (65535 / impact_scale - count) / sum;
    for (auto& word : words_) {
      for (auto& dense : word.dense) {
        dense.scaled_weight = static_cast<std::uint16_t>(std::ceil(dense.weight * scale_));
      }
    }
  }

  // Documents come in the order of their keys, so in the first segment, where all kept ones are
  // from here, an equal score comes too late.
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
  float scale_ = 0;  ///< From scores to 16-bit sums.
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
