#include "registry/discovery/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "registry/agents/view.hpp"
#include "registry/discovery/cursor.hpp"
#include "registry/discovery/filter_tree.hpp"
#include "registry/discovery/index_fields.hpp"

namespace sovereign::registry {
namespace {

namespace keyword = index_fields::keyword;
namespace number = index_fields::number;
using base::fail_field;
using search::Filter;

constexpr std::size_t kFacetValues = 20;  // What a person picks from; more is a listing.

struct FacetName {
  std::string_view name;
  std::size_t field;
};
constexpr std::array kFacets = {
    FacetName{"capabilities", keyword::capabilities}, FacetName{"tags", keyword::tags},
    FacetName{"agent_type", keyword::agent_type},     FacetName{"developer", keyword::developer},
    FacetName{"verified", keyword::verified},         FacetName{"status", keyword::status}};

Filter has(std::size_t field, std::string value) {
  return {search::HasTerm{field, std::move(value)}};
}

Filter nothing() { return {search::AnyOf{}}; }

void require_terms(std::vector<Filter>& all, std::size_t field,
                   const std::vector<std::string>& values, MatchMode match) {
  if (values.empty()) return;
  std::vector<Filter> terms;
  for (const auto& value : values) terms.push_back(has(field, value));
  if (match == MatchMode::any) {
    all.push_back({search::AnyOf{std::move(terms)}});
  } else {
    std::ranges::move(terms, std::back_inserter(all));
  }
}

/// Which agents the viewer may see in a list.
Filter visible(const DiscoveryQuery& wire, const PlanOptions& options) {
  const auto& [account, is_admin] = options.viewer;
  std::vector<Filter> all;
  const bool own_only = options.ownership == Ownership::own;
  if (own_only) all.push_back(has(keyword::developer_id, account->to_string()));
  if (wire.status || !own_only) {
    const auto status = wire.status.value_or(AgentStatus::active);
    all.push_back(has(keyword::status, std::string(json::name_of(status))));
    const bool hidden = status == AgentStatus::inactive || status == AgentStatus::suspended;
    if (hidden && !is_admin && !own_only) {
      all.push_back(account ? has(keyword::developer_id, account->to_string()) : nothing());
    }
  }
  return {search::AllOf{std::move(all)}};
}

Result<Filter> filter_of(const DiscoveryQuery& wire, const PlanOptions& options) {
  std::vector<Filter> all{visible(wire, options)};
  require_terms(all, keyword::capabilities, wire.capabilities, wire.match);
  require_terms(all, keyword::tags, wire.tags, wire.match);
  if (wire.agent_type) all.push_back(has(keyword::agent_type, *wire.agent_type));
  if (wire.developer) {
    all.push_back({search::AnyOf{
        {has(keyword::developer, *wire.developer), has(keyword::developer_id, *wire.developer)}}});
  }
  if (wire.verified) all.push_back(has(keyword::verified, *wire.verified ? "true" : "false"));
  if (wire.price_max) {
    all.push_back({search::InRange{.field = number::price, .max = *wire.price_max}});
  }
  if (wire.registry && *wire.registry != options.registry_url) all.push_back(nothing());
  if (options.filters != nullptr && !options.filters->is_null()) {
    auto tree = read_filter_tree(*options.filters);
    if (!tree) return tree;
    all.push_back(std::move(*tree));
  }
  return Filter{search::AllOf{std::move(all)}};
}

search::Sort sort_of(const DiscoveryQuery& wire) {
  using By = search::Sort::By;
  using Direction = search::Sort::Direction;
  const auto sort = wire.sort.value_or(SearchSort::relevance);
  search::Sort result;
  switch (sort) {
    case SearchSort::relevance: return result;
    case SearchSort::created: result = {.by = By::number, .field = number::created_at}; break;
    case SearchSort::updated: result = {.by = By::number, .field = number::updated_at}; break;
    case SearchSort::reputation: result = {.by = By::number, .field = number::reputation}; break;
    case SearchSort::name: result = {.by = By::name, .direction = Direction::ascending}; break;
  }
  if (wire.order) {
    result.direction =
        *wire.order == SearchOrder::ascending ? Direction::ascending : Direction::descending;
  }
  return result;
}

Result<std::vector<std::size_t>> facets_of(const DiscoveryQuery& wire) {
  std::vector<std::size_t> facets;
  for (const auto& name : wire.facets) {
    const auto known = std::ranges::find(kFacets, name, &FacetName::name);
    if (known == kFacets.end()) {
      return fail_field("/facets", "not_allowed",
                        "These must be of: capabilities, tags, agent_type, developer, verified, "
                        "status.");
    }
    if (std::ranges::find(facets, known->field) == facets.end()) facets.push_back(known->field);
  }
  return facets;
}

/// Writes what decides the hits and their order, so that equal texts mean equal questions.
class Describer {
 public:
  void describe(const Filter& filter) {
    text_ += static_cast<char>('a' + filter.node.index());
    if (const auto* all = std::get_if<search::AllOf>(&filter.node)) members(all->of);
    if (const auto* any = std::get_if<search::AnyOf>(&filter.node)) members(any->of);
    if (const auto* none = std::get_if<search::NoneOf>(&filter.node)) members(none->of);
    if (const auto* term = std::get_if<search::HasTerm>(&filter.node)) {
      fmt::format_to(std::back_inserter(text_), "{}:{}:", term->field, term->value.size());
      text_ += term->value;
    }
    if (const auto* range = std::get_if<search::InRange>(&filter.node)) {
      fmt::format_to(std::back_inserter(text_), "{}:{}:{};", range->field, range->min, range->max);
    }
  }

  std::uint64_t digest(const search::Query& query) {
    fmt::format_to(std::back_inserter(text_), "{}:{}:{}:", static_cast<int>(query.sort.by),
                   static_cast<int>(query.sort.direction), query.sort.field);
    describe(query.filter);
    text_ += query.text;
    return std::hash<std::string>{}(text_);
  }

 private:
  void members(const std::vector<Filter>& filters) {
    text_ += '(';
    for (const auto& filter : filters) describe(filter);
    text_ += ')';
  }

  std::string text_;
};

Result<void> place(SearchPlan& plan, const DiscoveryQuery& wire, const search::Schema& schema) {
  plan.query.limit = static_cast<std::size_t>(plan.per_page);
  if (!wire.cursor) {
    plan.query.offset = static_cast<std::size_t>((plan.page - 1) * plan.per_page);
    return {};
  }
  auto cursor = decode_cursor(*wire.cursor);
  if (!cursor || !search::fits(cursor->position, search::effective_sort(plan.query, schema))) {
    return fail_field("/cursor", "format", "This must be the next_cursor of an earlier answer.");
  }
  if (cursor->query_digest != plan.digest) {
    return fail_field("/cursor", "other_query",
                      "This cursor belongs to another query; repeat the query it came from.");
  }
  plan.page = cursor->page;
  plan.query.after = std::move(cursor->position);
  return {};
}

const search::Schema& index_schema() {
  static const search::Schema schema = index_fields::schema();
  return schema;
}

}  // namespace

Viewer viewer_of(const http::Request& request) {
  if (!request.principal || request.principal->kind == http::PrincipalKind::agent) return {};
  const auto& principal = *request.principal;
  const bool by_key = principal.kind == http::PrincipalKind::api_key;
  return {.account = UserId{principal.subject},
          .is_admin = principal.is_admin && (!by_key || principal.may(http::Scope::admin))};
}

Result<void> check_fields(const std::vector<std::string>& fields) {
  for (const auto& name : fields) {
    bool known = name == "score" || name == "matched";
    json::for_each_field<AgentView>(
        [&](const auto& field) { known = known || field.name == name; });
    if (!known) {
      return fail_field("/fields", "not_allowed", "These must be names of an agent's members.");
    }
  }
  return {};
}

Result<SearchPlan> plan_search(const DiscoveryQuery& wire, const PlanOptions& options) {
  if (wire.mode != SearchMode::lexical) {
    return fail_field("/mode", "not_available", "Only lexical search is available here.");
  }
  if (options.ownership == Ownership::own && !options.viewer.account) {
    return base::fail(ErrorCode::unauthenticated, "Sign in to list your own agents.");
  }
  if (auto known = check_fields(wire.fields); !known) return Failure(std::move(known.error()));
  auto facets = facets_of(wire);
  if (!facets) return Failure(std::move(facets.error()));
  auto filter = filter_of(wire, options);
  if (!filter) return Failure(std::move(filter.error()));
  SearchPlan plan{.page = wire.page, .per_page = wire.per_page, .fields = wire.fields};
  plan.query.text = wire.q ? *wire.q : wire.query.value_or(std::string());
  plan.query.filter = std::move(*filter);
  plan.query.sort = sort_of(wire);
  plan.query.facets = std::move(*facets);
  plan.query.facet_limit = kFacetValues;
  plan.digest = Describer().digest(plan.query);
  if (auto placed = place(plan, wire, index_schema()); !placed) {
    return Failure(std::move(placed.error()));
  }
  if (auto valid = search::validate(plan.query, index_schema()); !valid) {
    auto error = std::move(valid.error());
    for (auto& field : error.fields) {
      if (field.pointer == "/text") field.pointer = "/q";
      if (field.pointer == "/filter") field.pointer = "/filters";
    }
    return Failure(std::move(error));
  }
  return plan;
}

}  // namespace sovereign::registry
