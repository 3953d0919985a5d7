// What an index should answer, worked out document by document from the documents themselves. For
// tests and the fuzz target; not for programs.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "search/query_plan.hpp"
#include "search/segment.hpp"
#include "search/snapshot.hpp"
#include "search/tokenizer.hpp"
#include "search/unicode.hpp"

namespace sovereign::search::testing {

/// A key-value store with the meaning of an index.
class Oracle {
 public:
  explicit Oracle(Schema schema) : schema_(std::move(schema)) {}

  void apply(const Change& change) {
    if (const auto* document = std::get_if<Document>(&change)) {
      documents_[document->key] = *document;
    } else {
      documents_.erase(std::get<Erase>(change).key);
    }
  }

  const std::map<Uuid, Document>& documents() const { return documents_; }

  static bool passes(const Document& document, const Filter& filter) {
    const auto any = [&](const std::vector<Filter>& members) {
      return std::ranges::any_of(members, [&](const auto& f) { return passes(document, f); });
    };
    if (const auto* node = std::get_if<AllOf>(&filter.node)) {
      return std::ranges::all_of(node->of, [&](const auto& f) { return passes(document, f); });
    }
    if (const auto* node = std::get_if<AnyOf>(&filter.node)) return any(node->of);
    if (const auto* node = std::get_if<NoneOf>(&filter.node)) return !any(node->of);
    if (const auto* node = std::get_if<HasTerm>(&filter.node)) {
      return std::ranges::any_of(document.keywords[node->field], [&](const auto& value) {
        return fold_case(value) == fold_case(node->value);
      });
    }
    if (const auto* node = std::get_if<InRange>(&filter.node)) {
      const double number = document.numbers[node->field];
      return number >= node->min && number <= node->max;
    }
    return true;
  }

  /// All matches in the order of their keys. The plan (which dictionary words stand for which words
  /// of the query) is the index's own; what it means is worked out here.
  std::vector<const Document*> matches(const Query& query, const Snapshot& snapshot) const {
    const auto plan = make_plan(query.text, snapshot.segments());
    const auto meant = words_meant(plan, snapshot);
    std::vector<const Document*> out;
    for (const auto& [key, document] : documents_) {
      if (!passes(document, query.filter)) continue;
      if (has_words(query.text) && !has_enough(document, plan, meant)) continue;
      out.push_back(&document);
    }
    return out;
  }

  std::map<std::string, std::uint64_t> facet(const std::vector<const Document*>& matches,
                                             std::size_t field) const {
    std::map<std::string, std::uint64_t> counts;
    for (const auto* document : matches) {
      std::set<std::string> values;
      for (const auto& value : document->keywords[field]) values.insert(fold_case(value));
      for (const auto& value : values) ++counts[value];
    }
    return counts;
  }

  /// In an order by number or name.
  static void sort(std::vector<const Document*>& documents, const Sort& by) {
    const auto less = [&](const Document* a, const Document* b) {
      if (by.by == Sort::By::name) {
        const auto x = fold_name(a->sort_name), y = fold_name(b->sort_name);
        return x != y ? x < y : a->key < b->key;
      }
      const double x = comparable(a->numbers[by.field]), y = comparable(b->numbers[by.field]);
      return x != y ? x < y : a->key < b->key;
    };
    std::ranges::sort(documents, less);
    if (by.direction == Sort::Direction::descending) std::ranges::reverse(documents);
  }

 private:
  static double comparable(double number) {
    return std::isnan(number) ? -std::numeric_limits<double>::infinity() : number;
  }

  static std::vector<std::set<std::string>> words_meant(const QueryPlan& plan,
                                                        const Snapshot& snapshot) {
    std::vector<std::set<std::string>> meant(plan.words.size());
    for (std::size_t w = 0; w < plan.words.size(); ++w) {
      for (std::size_t s = 0; s < snapshot.segments().size(); ++s) {
        for (const auto& variant : plan.words[w].variants[s]) {
          meant[w].emplace(snapshot.segments()[s].segment->dictionary[variant.term]);
        }
      }
    }
    return meant;
  }

  bool has_enough(const Document& document, const QueryPlan& plan,
                  const std::vector<std::set<std::string>>& meant) const {
    std::set<std::string> words;
    Tokens tokens;
    for (std::size_t f = 0; f < schema_.text.size(); ++f) {
      tokenize(document.text[f], schema_.text[f].kind, tokens);
      for (const auto& token : tokens.list) words.emplace(tokens.text(token));
    }
    std::uint32_t sum = 0;
    for (std::size_t w = 0; w < meant.size(); ++w) {
      const bool has =
          std::ranges::any_of(meant[w], [&](const auto& m) { return words.contains(m); });
      if (has) sum += plan.words[w].share;
    }
    return !meant.empty() && sum >= plan.needed;
  }

  Schema schema_;
  std::map<Uuid, Document> documents_;
};

}  // namespace sovereign::search::testing
