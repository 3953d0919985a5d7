#include "search/query.hpp"

#include <cmath>
#include <utility>

#include "search/limits.hpp"
#include "search/query_words.hpp"

namespace sovereign::search {
namespace {

using base::fail_field;

const std::vector<Filter>* members_of(const Filter& filter) {
  if (const auto* node = std::get_if<AllOf>(&filter.node)) return &node->of;
  if (const auto* node = std::get_if<AnyOf>(&filter.node)) return &node->of;
  if (const auto* node = std::get_if<NoneOf>(&filter.node)) return &node->of;
  return nullptr;
}

Result<void> validate_leaf(const Filter& filter, const Schema& schema) {
  if (const auto* term = std::get_if<HasTerm>(&filter.node)) {
    if (term->field >= schema.keywords.size()) {
      return fail_field("/filter", "unknown", "There is no such keyword field.");
    }
  }
  if (const auto* range = std::get_if<InRange>(&filter.node)) {
    if (range->field >= schema.numbers.size()) {
      return fail_field("/filter", "unknown", "There is no such number field.");
    }
    if (std::isnan(range->min) || std::isnan(range->max)) {
      return fail_field("/filter", "type", "The ends of a range are numbers.");
    }
  }
  return {};
}

Result<void> validate_filter(const Filter& filter, const Schema& schema, std::size_t depth,
                             std::size_t& nodes) {
  if (depth > limits::filter_depth || ++nodes > limits::filter_nodes) {
    return fail_field("/filter", "too_large", "The filter is too deep or has too many parts.");
  }
  const auto* members = members_of(filter);
  if (members == nullptr) return validate_leaf(filter, schema);
  for (const auto& member : *members) {
    if (auto valid = validate_filter(member, schema, depth + 1, nodes); !valid) return valid;
  }
  return {};
}

Result<void> validate_order(const Query& query, const Schema& schema) {
  if (query.sort.by == Sort::By::number && query.sort.field >= schema.numbers.size()) {
    return fail_field("/sort", "unknown", "There is no such number field.");
  }
  return {};
}

Result<void> validate_facets(const Query& query, const Schema& schema) {
  if (query.facets.size() > limits::facets || query.facet_limit > limits::facet_values) {
    return fail_field("/facets", "too_large", "Too many facets, or too many values of each.");
  }
  for (const auto field : query.facets) {
    if (field >= schema.keywords.size()) {
      return fail_field("/facets", "unknown", "There is no such keyword field.");
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(MatchKind kind) {
  switch (kind) {
    case MatchKind::exact: return "exact";
    case MatchKind::stem: return "stem";
    case MatchKind::prefix: return "prefix";
    case MatchKind::part: return "part";
    case MatchKind::typo: return "typo";
  }
  return "exact";
}

Result<void> validate(const Query& query, const Schema& schema) {
  if (query.text.size() > limits::query_text_bytes) {
    return fail_field("/text", "too_long", "The query text is too long.");
  }
  if (query.limit > limits::page_hits) {
    return fail_field("/limit", "too_large", "The page is too large.");
  }
  std::size_t nodes = 0;
  if (auto valid = validate_filter(query.filter, schema, 1, nodes); !valid) return valid;
  if (auto valid = validate_order(query, schema); !valid) return valid;
  if (auto valid = validate_facets(query, schema); !valid) return valid;
  if (query.after && !fits(*query.after, effective_sort(query, schema))) {
    return fail_field("/after", "type", "The position is of another order.");
  }
  return {};
}

bool fits(const Position& position, const Sort& sort) {
  switch (sort.by) {
    case Sort::By::relevance: return std::holds_alternative<Rank>(position.at);
    case Sort::By::name: return std::holds_alternative<std::string>(position.at);
    case Sort::By::number: {
      const auto* number = std::get_if<double>(&position.at);
      return number != nullptr && !std::isnan(*number);
    }
  }
  return false;
}

bool has_words(std::string_view text) { return !query_words(text).empty(); }

Sort effective_sort(const Query& query, const Schema& schema) {
  if (query.sort.by != Sort::By::relevance || has_words(query.text)) return query.sort;
  if (schema.numbers.empty()) {
    return {.by = Sort::By::name, .direction = Sort::Direction::ascending};
  }
  return {.by = Sort::By::number, .direction = Sort::Direction::descending, .field = 0};
}

}  // namespace sovereign::search
