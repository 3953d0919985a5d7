#include "search/rerank.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "search/limits.hpp"
#include "search/ranking_constants.hpp"

namespace sovereign::search {
namespace {

constexpr int farthest_neighbour = 8;
constexpr int nowhere = -1'000'000;
constexpr float swapped_factor = 0.5F;
constexpr std::size_t most_words = limits::query_words * 2;

constexpr float ln2 = 0.693147F;

// Good to 0.09, from the exponent and mantissa as they are: this runs for every word of every name.
float fast_log2(float value) {
  return static_cast<float>(std::bit_cast<std::uint32_t>(value)) / 8388608.0F - 127.0F;
}

// How rare a word is, in the same measure whichever segment the document is in.
class Rarity {
 public:
  Rarity(std::span<const SegmentView> segments, std::size_t number)
      : largest_(*segments.front().segment), own_(*segments[number].segment) {}

  float of(std::uint32_t term) const {
    std::optional<std::uint32_t> known = term;
    if (&largest_ != &own_) known = largest_.dictionary.find(own_.dictionary[term]);
    const auto all = static_cast<float>(largest_.size());
    const auto having = known ? static_cast<float>(largest_.postings.count(*known)) : 0.0F;
    return std::max(ln2 * (fast_log2(all + 1) - fast_log2(having + 0.5F)), least_information);
  }

 private:
  const Segment& largest_;
  const Segment& own_;
};

class SecondLook {
 public:
  SecondLook(const QueryPlan& plan, const TokenMatcher& matcher, const Segment& segment,
             const Rarity& rarity, std::uint32_t document)
      : plan_(plan), matcher_(matcher), segment_(segment), rarity_(rarity), document_(document) {}

  float bonus() {
    float greatest_weight = 0;
    for (const auto& field : segment_.schema->text) {
      greatest_weight = std::max(greatest_weight, field.weight);
    }
    float name = 0;
    for (std::size_t f = 0; f < segment_.columns.text_fields; ++f) {
      const auto& field = segment_.schema->text[f];
      if (plan_.words.size() > 1)
        look_for_neighbours(f, field.weight / (field.weight + saturation));
      if (field.kind == TextKind::identifier) {
        name = std::max(name, field.weight / greatest_weight * name_likeness(f));
      }
    }
    float sum = name_bonus * name + phrase_bonus * phrase_ * information_of_all();
    for (std::size_t w = 0; w + 1 < plan_.words.size(); ++w) {
      const auto shared = std::min(plan_.words[w].information, plan_.words[w + 1].information);
      sum += adjacency_bonus * shared * closeness_[w];
    }
    return sum;
  }

 private:
  void look_for_neighbours(std::size_t field, float weight) {
    std::array<int, most_words> last_seen;
    last_seen.fill(nowhere);
    std::size_t in_sequence = 0;  // words of the query that stand one behind the other up to here
    int position = 0;
    for (const auto token : segment_.columns.field(document_, field)) {
      for (const WordForm& form : matcher_(token)) {
        const auto w = form.word;
        last_seen[w] = position;
        const bool continues = w > 0 && w == in_sequence && last_seen[w - 1] == position - 1;
        if (continues || w == 0) in_sequence = w + 1;
        if (in_sequence == plan_.words.size()) phrase_ = std::max(phrase_, weight);
        if (w > 0) note(w - 1, position - last_seen[w - 1], 1, weight * form.factor);
        if (w + 1 < plan_.words.size()) {
          note(w, position - last_seen[w + 1], swapped_factor, weight * form.factor);
        }
      }
      position += (token & overlay_bit) == 0;
    }
  }

  float information_of_all() const {
    float sum = 0;
    for (const auto& word : plan_.words) sum += word.information;
    return sum;
  }

  // Words w and w + 1 of the query stand `distance` apart. At no distance they are one word.
  void note(std::size_t w, int distance, float order_factor, float weight) {
    if (distance > farthest_neighbour) return;
    const int wanted = static_cast<int>(plan_.words[w + 1].position - plan_.words[w].position);
    const int off = distance == 0 ? 0 : std::abs(distance - wanted);
    const float closeness = order_factor * weight / static_cast<float>(1 + off);
    closeness_[w] = std::max(closeness_[w], closeness);
  }

  // The information of the words found in the field, less what else the field says.
  float name_likeness(std::size_t field) {
    std::array<float, most_words> found{};
    float covered = 0;
    float all = 0;
    std::size_t covered_bytes = 0;  // yet to come under an overlay that was found
    const auto tokens = segment_.columns.field(document_, field);
    if (std::ranges::none_of(tokens, [&](auto token) { return !matcher_(token).empty(); }))
      return 0;
    for (const auto token : tokens) {
      const auto forms = matcher_(token);
      for (const WordForm& form : forms) found[form.word] = std::max(found[form.word], form.factor);
      const auto length = segment_.dictionary[token & ~overlay_bit].size();
      if ((token & overlay_bit) != 0) {
        if (!forms.empty()) covered_bytes = std::max(covered_bytes, length);
        continue;
      }
      const float rarity = rarity_.of(token);
      all += rarity;
      if (!forms.empty() || covered_bytes > 0) covered += rarity;
      covered_bytes -= std::min(covered_bytes, length);
    }
    if (all <= 0) return 0;
    float information = 0;
    for (std::size_t w = 0; w < plan_.words.size(); ++w) {
      information += found[w] * plan_.words[w].information;
    }
    return information * covered / all;
  }

  const QueryPlan& plan_;
  const TokenMatcher& matcher_;
  const Segment& segment_;
  const Rarity& rarity_;
  std::uint32_t document_;
  float phrase_ = 0;  ///< The weight of the best field that has the whole query as a phrase.
  std::array<float, most_words> closeness_{};  ///< Of words w and w + 1, the best of any field.
};

}  // namespace

float second_look(const QueryPlan& plan, const TokenMatcher& matcher,
                  std::span<const SegmentView> segments, std::size_t segment_number,
                  std::uint32_t document) {
  const Rarity rarity(segments, segment_number);
  return SecondLook(plan, matcher, *segments[segment_number].segment, rarity, document).bonus();
}

}  // namespace sovereign::search
