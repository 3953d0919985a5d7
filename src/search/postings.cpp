#include "search/postings.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "search/document_columns.hpp"
#include "search/ranking_constants.hpp"

namespace sovereign::search {
namespace {

constexpr std::size_t smallest_dense_segment = 1024;
constexpr std::size_t dense_share = 16;

// Sums up a document's BM25F term frequencies, word by word.
class TermWeights {
 public:
  TermWeights(const Schema& schema, std::size_t term_count)
      : schema_(schema), weights_(term_count), seen_in_(term_count, 0) {}

  // The distinct terms of the document; their weights are in weight().
  const std::vector<std::uint32_t>& sum_up(const DocumentColumns& columns, std::size_t document) {
    distinct_.clear();
    const auto stamp = static_cast<std::uint32_t>(document + 1);
    for (std::size_t f = 0; f < columns.text_fields; ++f) {
      const auto tokens = columns.field(document, f);
      const float each = schema_.text[f].weight / length_norm(schema_.text[f], tokens);
      for (const auto token : tokens) {
        const auto term = token & ~overlay_bit;
        if (seen_in_[term] != stamp) {
          seen_in_[term] = stamp;
          weights_[term] = 0;
          distinct_.push_back(term);
        }
        weights_[term] += each;
      }
    }
    return distinct_;
  }

  std::uint8_t impact(std::uint32_t term) const {
    const float weight = weights_[term];
    const float scaled = std::round(impact_scale * weight / (weight + saturation));
    return static_cast<std::uint8_t>(std::clamp(scaled, 1.0F, impact_scale));
  }

 private:
  static float length_norm(const TextField& field, std::span<const std::uint32_t> tokens) {
    const auto length =
        std::ranges::count_if(tokens, [](auto t) { return (t & overlay_bit) == 0; });
    const float b = field.length_normalisation;
    return 1 - b + b * static_cast<float>(length) / field.typical_length;
  }

  const Schema& schema_;
  std::vector<float> weights_;
  std::vector<std::uint32_t> seen_in_;
  std::vector<std::uint32_t> distinct_;
};

std::vector<std::uint32_t> count_documents(const DocumentColumns& columns, std::size_t terms) {
  std::vector<std::uint32_t> counts(terms, 0);
  std::vector<std::uint32_t> seen_in(terms, 0);
  for (std::size_t document = 0; document < columns.size(); ++document) {
    const auto stamp = static_cast<std::uint32_t>(document + 1);
    for (const auto token : columns.all_tokens(document)) {
      const auto term = token & ~overlay_bit;
      counts[term] += seen_in[term] != stamp;
      seen_in[term] = stamp;
    }
  }
  return counts;
}

}  // namespace

Postings::Postings(const Schema& schema, const DocumentColumns& columns, std::size_t term_count)
    : counts_(count_documents(columns, term_count)) {
  const auto size = columns.size();
  constexpr std::uint32_t listed = 0xFFFF'FFFF;
  std::vector<std::uint32_t> dense_slots(term_count, listed);
  begins_.assign(term_count + 1, 0);
  for (std::uint32_t term = 0; term < term_count; ++term) {
    const bool dense = size >= smallest_dense_segment && counts_[term] > size / dense_share;
    begins_[term + 1] = begins_[term] + (dense ? 0 : counts_[term]);
    if (!dense) continue;
    dense_slots[term] = static_cast<std::uint32_t>(dense_.size());
    dense_.push_back({term, Bitmap(size), std::vector<std::uint8_t>(size, 0),
                      std::vector<std::uint8_t>((size + 63) / 64, 0)});
  }
  documents_.resize(begins_.back());
  impacts_.resize(begins_.back());
  TermWeights weights(schema, term_count);
  auto cursors = begins_;
  for (std::uint32_t document = 0; document < size; ++document) {
    for (const auto term : weights.sum_up(columns, document)) {
      const auto impact = weights.impact(term);
      if (dense_slots[term] == listed) {
        documents_[cursors[term]] = document;
        impacts_[cursors[term]++] = impact;
        continue;
      }
      DensePostings& dense = dense_[dense_slots[term]];
      dense.documents.set(document);
      dense.impacts[document] = impact;
      auto& block_maximum = dense.block_maxima[document / 64];
      block_maximum = std::max(block_maximum, impact);
    }
  }
}

const DensePostings* Postings::dense(std::uint32_t term) const {
  if (begins_[term + 1] != begins_[term]) return nullptr;
  const auto at = std::ranges::lower_bound(dense_, term, {}, &DensePostings::term);
  return at != dense_.end() && at->term == term ? &*at : nullptr;
}

PostingList Postings::list(std::uint32_t term) const {
  const auto begin = begins_[term];
  const auto count = begins_[term + 1] - begin;
  return {std::span(documents_).subspan(begin, count), std::span(impacts_).subspan(begin, count)};
}

void Postings::unite_into(std::uint32_t term, Bitmap& set) const {
  if (const auto* postings = dense(term)) return set.unite(postings->documents);
  for (const auto document : list(term).documents) set.set(document);
}

std::size_t Postings::memory_bytes() const {
  std::size_t total = (counts_.capacity() + begins_.capacity()) * 4 + documents_.capacity() * 4 +
                      impacts_.capacity();
  for (const auto& dense : dense_) {
    total += sizeof dense + dense.documents.word_count() * 8 + dense.impacts.capacity() +
             dense.block_maxima.capacity();
  }
  return total;
}

}  // namespace sovereign::search
