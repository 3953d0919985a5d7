// What can be asked of discovery, and what it answers: wire types and their field tables.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "json/parse.hpp"
#include "json/table.hpp"
#include "registry/agents/types.hpp"

namespace sovereign::registry {

enum class SearchSort : std::uint8_t { relevance, created, updated, name, reputation };
enum class SearchOrder : std::uint8_t { ascending, descending };
enum class SearchMode : std::uint8_t { lexical, semantic, hybrid };
enum class MatchMode : std::uint8_t { all, any };

namespace limits {
inline constexpr std::size_t kQueryText = 512;   ///< Characters; nobody types more.
inline constexpr std::size_t kFilterTerms = 20;  ///< Values of one list filter.
inline constexpr double kPages = 1'000'000;      ///< So that offsets stay small numbers.
inline constexpr double kPerPage = 100;          ///< Agents of one page.
inline constexpr std::size_t kCursor = 2048;     ///< Characters; a name and a key fit.
}  // namespace limits

/// What lists and searches share.
struct DiscoveryQuery {
  std::optional<std::string> q;
  std::optional<std::string> query;  ///< Another name of q.
  std::vector<std::string> capabilities;
  std::vector<std::string> tags;
  MatchMode match = MatchMode::all;
  std::optional<std::string> agent_type;
  std::optional<AgentStatus> status;
  std::optional<std::string> developer;
  std::optional<std::string> registry;
  std::optional<bool> verified;
  std::optional<double> price_max;
  bool include_federated = false;
  bool force_refresh = false;
  std::optional<std::int64_t> max_staleness;
  std::optional<SearchSort> sort;
  std::optional<SearchOrder> order;
  SearchMode mode = SearchMode::lexical;
  std::vector<std::string> facets;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
  std::optional<std::string> cursor;
  std::vector<std::string> fields;
};

/// GET /agents.
struct AgentListQuery : DiscoveryQuery {
  bool owned_only = false;
};

/// POST /discovery/search.
struct SearchRequest : DiscoveryQuery {
  std::optional<json::Value> filters;
};

/// GET /discovery/capabilities.
struct CapabilityQuery {
  std::string q;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
};

/// GET of one agent.
struct AgentFieldsQuery {
  std::vector<std::string> fields;
};

struct HumanReadableIdQuery {
  std::string hri;
  std::vector<std::string> fields;
};

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Names<registry::SearchSort> {
  using enum registry::SearchSort;
  static constexpr std::array values = {EnumName{relevance, "relevance"},
                                        EnumName{created, "created"}, EnumName{updated, "updated"},
                                        EnumName{name, "name"}, EnumName{reputation, "reputation"}};
};

template <>
struct Names<registry::SearchOrder> {
  using enum registry::SearchOrder;
  static constexpr std::array values = {EnumName{ascending, "asc"}, EnumName{descending, "desc"}};
};

template <>
struct Names<registry::SearchMode> {
  using enum registry::SearchMode;
  static constexpr std::array values = {EnumName{lexical, "lexical"},
                                        EnumName{semantic, "semantic"}, EnumName{hybrid, "hybrid"}};
};

template <>
struct Names<registry::MatchMode> {
  using enum registry::MatchMode;
  static constexpr std::array values = {EnumName{all, "all"}, EnumName{any, "any"}};
};

inline constexpr FieldOptions kPageOptions{.description = "Counted from 1.",
                                           .example = "1",
                                           .optional = true,
                                           .minimum = 1,
                                           .maximum = registry::limits::kPages};
inline constexpr FieldOptions kPerPageOptions{.description = "Items of a page, 1 to 100.",
                                              .example = "50",
                                              .optional = true,
                                              .minimum = 1,
                                              .maximum = registry::limits::kPerPage};
inline constexpr FieldOptions kFieldsOptions{.description = "Only these members of each agent.",
                                             .example = R"(["id","name"])",
                                             .optional = true,
                                             .max_length = 100,
                                             .max_items = 40};

inline constexpr FieldOptions kTermsOptions{.example = R"(["nlp"])",
                                            .optional = true,
                                            .max_length = 100,
                                            .max_items = registry::limits::kFilterTerms};

template <>
struct Table<registry::DiscoveryQuery> {
  using Q = registry::DiscoveryQuery;
  static constexpr std::string_view name = "DiscoveryQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("q", &Q::q,
            {.description = "Words to find, best matches first; also called search and query.",
             .example = R"("weather")",
             .alias = "search",
             .max_length = registry::limits::kQueryText}),
      field("query", &Q::query,
            {.description = "Another name of q.", .max_length = registry::limits::kQueryText}),
      field("capabilities", &Q::capabilities, kTermsOptions),
      field("tags", &Q::tags, kTermsOptions),
      field("match", &Q::match,
            {.description = "Whether all capabilities and tags must be there, or any.",
             .optional = true}),
      field("agent_type", &Q::agent_type, {.max_length = 100}),
      field("status", &Q::status,
            {.description = "active when left out. inactive and suspended show one's own."}),
      field("developer", &Q::developer,
            {.description = "The publisher's user name or account id.", .max_length = 255}),
      field("registry", &Q::registry,
            {.description = "Only agents of the registry with this URL.", .max_length = 2048}),
      field("verified", &Q::verified,
            {.description = "Whether ownership of an endpoint is proved."}),
      field(
          "price_max", &Q::price_max,
          {.description = "Only agents whose base price is known and at most this.", .minimum = 0}),
      field("include_federated", &Q::include_federated,
            {.description = "Ask the peer registries too.", .optional = true}),
      field("force_refresh", &Q::force_refresh,
            {.description = "Ask the peers anew instead of taking their answers of the last "
                            "minutes.",
             .optional = true}),
      field("max_staleness", &Q::max_staleness,
            {.description = "Seconds; older answers of peers are not taken.",
             .minimum = 0,
             .maximum = 1e9}),
      field("sort", &Q::sort, {.description = "relevance when there are words, else created."}),
      field("order", &Q::order,
            {.description = "desc when left out, but asc by name. Not for relevance."}),
      field("mode", &Q::mode,
            {.description = "semantic and hybrid are not available yet.", .optional = true}),
      field("facets", &Q::facets,
            {.description = "Count values of: capabilities, tags, agent_type, developer, "
                            "verified, status.",
             .example = R"(["tags"])",
             .optional = true,
             .max_length = 100,
             .max_items = 8}),
      field("page", &Q::page, kPageOptions),
      field("per_page", &Q::per_page, kPerPageOptions),
      field("cursor", &Q::cursor,
            {.description = "next_cursor of the page before, with the same query; instead of page.",
             .max_length = registry::limits::kCursor}),
      field("fields", &Q::fields, kFieldsOptions),
  };
};

template <>
struct Table<registry::AgentListQuery> {
  static constexpr std::string_view name = "AgentListQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<registry::AgentListQuery, registry::DiscoveryQuery>(),
      std::tuple{
          field("owned_only", &registry::AgentListQuery::owned_only,
                {.description = "Only one's own agents, in every status.", .optional = true})});
};

template <>
struct Table<registry::SearchRequest> {
  static constexpr std::string_view name = "SearchRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<registry::SearchRequest, registry::DiscoveryQuery>(),
      std::tuple{field(
          "filters", &registry::SearchRequest::filters,
          {.description = "A tree of {all: [...]}, {any: [...]}, {not: {...}}, {field, value} and "
                          "{field, min, max}. Fields with values: capabilities, tags, agent_type, "
                          "developer, verified; with ranges: price, created_at, updated_at.",
           .example = R"({"all":[{"field":"tags","value":"nlp"},{"field":"price","max":1}]})"})});
};

template <>
struct Table<registry::CapabilityQuery> {
  using T = registry::CapabilityQuery;
  static constexpr std::string_view name = "CapabilityQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("q", &T::q,
            {.description = "Only capabilities that start so, whatever the case.",
             .optional = true,
             .max_length = 100}),
      field("page", &T::page, kPageOptions), field("per_page", &T::per_page, kPerPageOptions)};
};

template <>
struct Table<registry::AgentFieldsQuery> {
  static constexpr std::string_view name = "AgentFieldsQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("fields", &registry::AgentFieldsQuery::fields, kFieldsOptions)};
};

template <>
struct Table<registry::HumanReadableIdQuery> {
  using T = registry::HumanReadableIdQuery;
  static constexpr std::string_view name = "HumanReadableIdQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("hri", &T::hri,
                       {.description = "The agent's humanReadableId, in any case.",
                        .example = R"("my-ai-assistant")",
                        .min_length = 1,
                        .max_length = 255}),
                 field("fields", &T::fields, kFieldsOptions)};
};

}  // namespace sovereign::json
