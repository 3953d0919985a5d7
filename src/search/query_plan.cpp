#include "search/query_plan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "search/limits.hpp"
#include "search/query_words.hpp"
#include "search/ranking_constants.hpp"
#include "search/segment.hpp"
#include "search/stemmer.hpp"
#include "search/unicode.hpp"

namespace sovereign::search {
namespace {

// A shorter prefix stands for too much, the more so when it is a word itself.
constexpr std::size_t shortest_prefix = 2;
constexpr std::size_t shortest_prefix_of_known_word = 3;
constexpr std::size_t shortest_misspelt = 5;
// Longer words that hold the word are looked for when it has few documents itself: fewer than this,
// or than one in `few_share`.
constexpr std::size_t few = 20;
constexpr std::size_t few_share = 100;
// A word of fewer documents than one in this many may be misspelt although it is known.
constexpr std::size_t rare_share = 20'000;

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

class Planner {
 public:
  explicit Planner(std::span<const SegmentView> segments) : segments_(segments) {
    for (const auto& view : segments_) documents_ += view.segment->size();
  }

  QueryPlan plan(std::string_view text) {
    for (const QueryWord& word : query_words(text)) {
      if (words_.size() < limits::query_words) look_up(word);
    }
    for (std::size_t i = 0; i + 1 < words_.size(); ++i) join(words_[i], words_[i + 1]);
    QueryPlan plan;
    for (PlannedWord& word : words_) {
      if (std::ranges::any_of(word.variants, [](const auto& v) { return !v.empty(); })) {
        plan.words.push_back(std::move(word));
      }
    }
    weigh(plan);
    return plan;
  }

 private:
  void look_up(const QueryWord& word) {
    PlannedWord planned{.folded = word.folded,
                        .written = word.written,
                        .position = word.position,
                        .variants = std::vector<std::vector<Variant>>(segments_.size())};
    std::uint64_t count = add_forms(planned, word.folded, 1, MatchKind::exact);
    const auto length = character_count(word.folded);
    if (has_few(count)) {
      const auto longer = add_longer(planned, word, length, count);
      if (count == 0) count = longer;
    }
    if (count == 0 && !word.parts.empty()) return look_up_parts(word);
    if (count * rare_share <= documents_ && length >= shortest_misspelt) {
      const auto misspelt = add_misspelt(planned);
      if (count == 0) count = misspelt;
    }
    planned.information = information(count);
    words_.push_back(std::move(planned));
  }

  bool has_few(std::uint64_t count) const { return count < few || count * few_share < documents_; }

  std::uint64_t add_longer(PlannedWord& planned, const QueryWord& word, std::size_t length,
                           std::uint64_t known) {
    std::uint64_t count = 0;
    const auto least = known > 0 ? shortest_prefix_of_known_word : shortest_prefix;
    if (word.last && length >= least) {
      count += add_prefixed(planned, prefix_factor, MatchKind::prefix);
    } else if (length >= shortest_suffix) {
      count += add_prefixed(planned, part_factor, MatchKind::part);
    }
    if (length >= shortest_suffix) count += add_ending_in(planned, word.folded, 1, MatchKind::part);
    return count;
  }

  void look_up_parts(const QueryWord& word) {
    for (const auto& part : word.parts) {
      if (words_.size() >= limits::query_words) return;
      if (std::ranges::find(words_, part, &PlannedWord::folded) != words_.end()) continue;
      look_up({.folded = part,
               .written = word.written,
               .position = word.position,
               .last = word.last && &part == &word.parts.back(),
               .parts = {}});
    }
  }

  // The word as written and the words of the same stem. Answers how many documents they have.
  std::uint64_t add_forms(PlannedWord& planned, std::string_view word, float factor,
                          MatchKind kind) {
    const std::string stem(stems_.stem(word));
    std::uint64_t count = 0;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const Segment& segment = *segments_[s].segment;
      for (const auto term : segment.dictionary.with_stem(stem)) {
        const bool same = segment.dictionary[term] == word;
        const auto found_as = kind == MatchKind::exact && !same ? MatchKind::stem : kind;
        if (add(planned, s, {term, same ? factor : factor * stem_factor, found_as})) {
          count += segment.postings.count(term);
        }
      }
    }
    return count;
  }

  std::uint64_t add_prefixed(PlannedWord& planned, float factor, MatchKind kind) {
    std::uint64_t count = 0;
    const auto typed = static_cast<float>(planned.folded.size());
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const Segment& segment = *segments_[s].segment;
      const auto [first, last] = segment.dictionary.with_prefix(planned.folded);
      const auto known = planned.variants[s].size();
      for (auto term = first; term < last; ++term) {
        if (has(planned, s, term, known)) continue;
        // What is typed nearly in full is nearer.
        const auto whole = static_cast<float>(segment.dictionary[term].size());
        planned.variants[s].push_back({term, factor * (1 + typed / whole) / 2, kind});
        count += segment.postings.count(term);
      }
    }
    return count;
  }

  std::uint64_t add_ending_in(PlannedWord& planned, std::string_view word, float factor,
                              MatchKind kind) {
    std::uint64_t count = 0;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const Segment& segment = *segments_[s].segment;
      for (const auto term : segment.dictionary.with_suffix(word)) {
        if (add(planned, s, {term, factor * part_factor, kind}))
          count += segment.postings.count(term);
      }
    }
    return count;
  }

  // The words one error away count with all their forms, as if they had been typed.
  std::uint64_t add_misspelt(PlannedWord& planned) {
    std::set<std::string, std::less<>> meant;
    for (const auto& view : segments_) {
      for (const auto term : view.segment->dictionary.misspelt(planned.folded)) {
        const auto word = view.segment->dictionary[term];
        if (!is_stop_word(word)) meant.emplace(word);
      }
    }
    std::uint64_t count = 0;
    for (const auto& word : meant) {
      const auto forms = add_forms(planned, word, typo_factor, MatchKind::typo);
      count += forms;
      if (has_few(forms)) count += add_ending_in(planned, word, typo_factor, MatchKind::typo);
    }
    return count;
  }

  // "click house" also means clickhouse, which then stands for both words.
  void join(PlannedWord& left, PlannedWord& right) {
    if (left.position + 1 != right.position) return;
    const std::string joined = left.folded + right.folded;
    for (std::size_t s = 0; s < segments_.size(); ++s) {
      const auto term = segments_[s].segment->dictionary.find(joined);
      if (!term) continue;
      add(left, s, {*term, joined_factor, MatchKind::exact});
      add(right, s, {*term, joined_factor, MatchKind::exact});
    }
  }

  static bool has(const PlannedWord& planned, std::size_t s, std::uint32_t term,
                  std::size_t among) {
    const auto known = std::span(planned.variants[s]).first(among);
    return std::ranges::find(known, term, &Variant::term) != known.end();
  }

  static bool add(PlannedWord& planned, std::size_t s, Variant variant) {
    auto& variants = planned.variants[s];
    const auto known = std::ranges::find(variants, variant.term, &Variant::term);
    if (known == variants.end()) return variants.push_back(variant), true;
    if (known->factor < variant.factor) *known = variant;
    return false;
  }

  float information(std::uint64_t count) const {
    const auto all = static_cast<float>(documents_);
    const auto having = std::min(static_cast<float>(count), all);
    return std::max(std::log1p((all - having + 0.5F) / (having + 0.5F)), least_information);
  }

  static void weigh(QueryPlan& plan) {
    float total = 0;
    for (auto& word : plan.words) {
      total += word.information;
      for (auto& variants : word.variants) {
        std::ranges::sort(variants, [](const Variant& a, const Variant& b) {
          return a.factor != b.factor ? a.factor > b.factor : a.term < b.term;
        });
      }
    }
    // One unit each in advance, so that rounding cannot sum up to more than there are.
    const auto units = static_cast<float>(share_resolution - plan.words.size());
    std::uint32_t sum = 0;
    for (auto& word : plan.words) {
      word.share = 1 + static_cast<std::uint32_t>(units * word.information / total);
      sum += word.share;
    }
    plan.needed = static_cast<std::uint32_t>(std::ceil(static_cast<float>(sum) * matching_share));
  }

  std::span<const SegmentView> segments_;
  std::uint64_t documents_ = 0;
  StemCache stems_;
  std::vector<PlannedWord> words_;
};

}  // namespace

QueryPlan make_plan(std::string_view text, std::span<const SegmentView> segments) {
  return Planner(segments).plan(text);
}

}  // namespace sovereign::search
