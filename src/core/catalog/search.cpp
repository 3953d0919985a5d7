// Searching the catalog: the index finds, and its best hits are put into the order that people
// expect of a catalog: an exact id, then names, then keywords, then descriptions.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "core/catalog/catalog.hpp"
#include "core/catalog/index_fields.hpp"
#include "search/limits.hpp"
#include "search/query.hpp"
#include "search/unicode.hpp"

namespace sovereign::core {
namespace {

using search::Filter;

/// Hits that are put into order; those behind them, of a text that finds more, stay by relevance.
constexpr std::size_t kOrdered = 500;
constexpr std::size_t kMaxPage = 500;
constexpr std::size_t kFacetValues = 50;

Filter has(std::size_t field, std::string value) {
  return {search::HasTerm{field, std::move(value)}};
}

std::vector<Filter> terms(std::size_t field, const std::vector<std::string>& values) {
  std::vector<Filter> filters;
  for (const auto& value : values) filters.push_back(has(field, value));
  return filters;
}

Filter filter_of(const SearchQuery& query) {
  namespace keyword = index_fields::keyword;
  namespace number = index_fields::number;
  search::AllOf all;
  const auto any = [&all](std::vector<Filter> filters) {
    if (!filters.empty()) all.of.push_back({search::AnyOf{std::move(filters)}});
  };
  if (query.statuses.empty()) {
    const auto gone =
        Filter{search::AllOf{{has(keyword::status, "gone"),
                              Filter{search::NoneOf{{has(keyword::origin, "installed")}}}}}};
    all.of.push_back({search::NoneOf{{gone}}});
  }
  any(terms(keyword::status, query.statuses));
  if (query.origin) all.of.push_back(has(keyword::origin, std::string(to_string(*query.origin))));
  for (auto& filter : terms(keyword::capabilities, query.all_capabilities)) {
    all.of.push_back(std::move(filter));
  }
  any(terms(keyword::capabilities, query.any_capabilities));
  for (auto& filter : terms(keyword::integration_points, query.all_integration_points)) {
    all.of.push_back(std::move(filter));
  }
  any(terms(keyword::integration_points, query.any_integration_points));
  if (query.verification_min > 0) {
    all.of.push_back({search::InRange{.field = number::verification,
                                      .min = static_cast<double>(query.verification_min)}});
  }
  if (query.trust_score_min) {
    all.of.push_back(
        {search::InRange{.field = number::trust_score, .min = *query.trust_score_min}});
  }
  return {std::move(all)};
}

struct Found {
  std::shared_ptr<const AgentRecord> agent;
  MatchReason reason = MatchReason::listed;
  float score = 0;
  std::vector<search::Match> matched;
};

std::shared_ptr<const AgentRecord> record_of(const search::Hit& hit) {
  return std::static_pointer_cast<const AgentRecord>(hit.payload);
}

MatchReason reason_of(std::size_t field) {
  switch (field) {
    case index_fields::name: return MatchReason::name;
    case index_fields::keywords: return MatchReason::keyword;
    case index_fields::id: return MatchReason::id_part;
    default: return MatchReason::description;
  }
}

/// The text as ids and names are compared with it.
struct Wanted {
  std::string id;
  std::string name;
};

Found classify(search::Hit hit, const Wanted& wanted) {
  Found found{record_of(hit), MatchReason::description, hit.score, std::move(hit.matched)};
  for (const auto& match : found.matched) {
    found.reason = std::min(found.reason, reason_of(match.field));
  }
  if (search::fold_name(found.agent->name).starts_with(wanted.name)) {
    found.reason = MatchReason::name_prefix;
  }
  if (found.agent->id.text() == wanted.id) found.reason = MatchReason::exact_id;
  return found;
}

bool ranks_before(const Found& a, const Found& b) {
  if (a.reason != b.reason) return a.reason < b.reason;
  if (a.score != b.score) return a.score > b.score;
  const int level_a = a.agent->badge.verification_level;
  const int level_b = b.agent->badge.verification_level;
  if (level_a != level_b) return level_a > level_b;
  return a.agent->id < b.agent->id;
}

std::string_view field_words(MatchReason reason) {
  switch (reason) {
    case MatchReason::name: return "its name";
    case MatchReason::keyword: return "its keywords";
    case MatchReason::id_part: return "its id";
    default: return "its description";
  }
}

std::string explain(const Found& found) {
  switch (found.reason) {
    case MatchReason::listed: return {};
    case MatchReason::exact_id: return "This is its id.";
    case MatchReason::name_prefix: return "Its name begins so.";
    default: break;
  }
  const auto best = std::ranges::find_if(
      found.matched, [&](const auto& match) { return reason_of(match.field) == found.reason; });
  if (best == found.matched.end()) return {};
  const auto where = field_words(found.reason);
  if (best->kind == search::MatchKind::exact) {
    return fmt::format("\"{}\" is in {}.", best->term, where);
  }
  return fmt::format("\"{}\" is like \"{}\" in {}.", best->term, best->indexed, where);
}

std::vector<FacetCount> counts_of(const search::Facet& facet) {
  std::vector<FacetCount> counts;
  for (const auto& value : facet.values) counts.push_back({value.value, value.count});
  return counts;
}

void keep_page(std::vector<Found>& found, std::size_t offset, std::size_t limit,
               std::vector<SearchHit>& hits) {
  for (std::size_t i = offset; i < std::min(offset + limit, found.size()); ++i) {
    auto explanation = explain(found[i]);
    hits.push_back({std::move(found[i].agent), found[i].reason, std::move(explanation)});
  }
}

/// Ids are found by their words as well, but an exact one is first whatever else there is.
void promote_exact_id(std::vector<Found>& found, const search::Snapshot& snapshot,
                      const Filter& filter, const Wanted& wanted) {
  if (found.empty() || found.front().reason == MatchReason::exact_id) return;
  search::Query exact{.limit = 1, .explain = false};
  exact.filter.node = search::AllOf{{filter, has(index_fields::keyword::id, wanted.id)}};
  auto answer = snapshot.search(exact);
  if (answer.hits.empty()) return;
  std::erase_if(found, [&](const Found& other) { return other.agent->id.text() == wanted.id; });
  found.insert(found.begin(), classify(std::move(answer.hits.front()), wanted));
}

}  // namespace

std::string_view to_string(MatchReason reason) {
  switch (reason) {
    case MatchReason::exact_id: return "exact_id";
    case MatchReason::name_prefix: return "name_prefix";
    case MatchReason::name: return "name";
    case MatchReason::keyword: return "keyword";
    case MatchReason::id_part: return "id_part";
    case MatchReason::description: return "description";
    case MatchReason::listed: return "listed";
  }
  std::unreachable();
}

Result<SearchAnswer> Catalog::search(const SearchQuery& query) const {
  if (query.limit == 0 || query.limit > kMaxPage) {
    return base::fail_field("?per_page", "range", fmt::format("1 to {}.", kMaxPage));
  }
  const bool has_words = search::has_words(query.text);
  const bool is_ordered = has_words && query.offset + query.limit <= kOrdered;
  search::Query plan{.text = query.text,
                     .filter = filter_of(query),
                     .offset = is_ordered ? 0 : query.offset,
                     .limit = is_ordered ? kOrdered : query.limit,
                     .facets = {index_fields::keyword::status, index_fields::keyword::capabilities,
                                index_fields::keyword::integration_points},
                     .facet_limit = kFacetValues,
                     .explain = has_words};
  if (!has_words) {
    plan.text.clear();
    plan.sort = {search::Sort::By::name, search::Sort::Direction::ascending};
  }
  if (const auto checked = search::validate(plan, *index_.schema()); !checked) {
    return Failure(checked.error());
  }
  const auto snapshot = index_.snapshot();
  auto answer = snapshot->search(plan);
  SearchAnswer result{.total = answer.total,
                      .statuses = counts_of(answer.facets.at(0)),
                      .capabilities = counts_of(answer.facets.at(1)),
                      .integration_points = counts_of(answer.facets.at(2))};
  std::vector<Found> found;
  const auto text = base::trim_ascii(query.text);
  const Wanted wanted{base::to_lower_ascii(text), search::fold_name(text)};
  for (auto& hit : answer.hits) {
    found.push_back(has_words ? classify(std::move(hit), wanted) : Found{.agent = record_of(hit)});
  }
  if (!is_ordered) {
    keep_page(found, 0, query.limit, result.hits);
    return result;
  }
  std::ranges::sort(found, ranks_before);
  promote_exact_id(found, *snapshot, plan.filter, wanted);
  keep_page(found, query.offset, query.limit, result.hits);
  return result;
}

}  // namespace sovereign::core
