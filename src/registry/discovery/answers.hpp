// The answers of lists and searches: types that document them, and the code that writes them into
// one string from records rendered long before.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/table.hpp"
#include "registry/agents/record.hpp"
#include "registry/agents/view.hpp"
#include "registry/discovery/plan.hpp"
#include "search/query.hpp"

namespace sovereign::registry {

struct Pagination {
  std::uint64_t total = 0;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
  std::uint64_t pages = 0;
  std::optional<std::string> next_cursor;
};

struct MatchedField {
  std::string field;
  std::string term;
  std::string found;
  std::string kind;
};

struct FederatedPeer {
  std::string name;
  std::string url;
  std::string status;
  std::int64_t agents = 0;
  double time_ms = 0;
  bool cached = false;
};

struct FederationStatus {
  std::int64_t peers_queried = 0;
  std::int64_t peers_responded = 0;
  double query_time_ms = 0;
  std::vector<FederatedPeer> peers;
};

/// An agent of a search: AgentView, and why it was found.
struct AgentHit : AgentView {
  double score = 0;
  std::vector<MatchedField> matched;
};

struct AgentPage {
  std::vector<AgentView> agents;
  Pagination pagination;
  json::Raw facets;
  std::optional<FederationStatus> federation_status;
};

struct DiscoveryPage {
  std::vector<AgentHit> agents;
  Pagination pagination;
  json::Raw facets;
  FederationStatus federation_status;
};

struct CapabilityCount {
  std::string name;
  std::uint64_t local = 0;
  std::uint64_t federated = 0;
};

struct CapabilityPage {
  std::vector<CapabilityCount> capabilities;
  Pagination pagination;
};

/// The part of `plan` that `answer` is.
Pagination pagination_of(const SearchPlan& plan, const search::Answer& answer);

/// An AgentPage.
std::string write_agent_page(const SearchPlan& plan, const search::Answer& answer);
/// A DiscoveryPage.
std::string write_discovery_page(const SearchPlan& plan, const search::Answer& answer,
                                 std::chrono::nanoseconds query_time);

/// What peers add to a page.
struct FederatedPart {
  FederationStatus status;
  std::optional<std::string> next_cursor;  ///< Instead of the one of `answer`.
  Timestamp now{};                         ///< What staleness is counted to.
};

/// How the agents of a page are written: with why they were found (DiscoveryPage), or without
/// (AgentPage).
enum class ItemKind : std::uint8_t { listed, found };

/// An AgentPage or DiscoveryPage that peers had a part in.
std::string write_federated_page(const SearchPlan& plan, const search::Answer& answer,
                                 const FederatedPart& part, ItemKind kind);

/// One agent, only the members in `fields` (all when there are none).
std::string write_agent(const AgentRecord& record, const std::vector<std::string>& fields);

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::Pagination> {
  using T = registry::Pagination;
  static constexpr std::string_view name = "Pagination";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("total", &T::total, {.description = "Of all pages.", .example = "150"}),
      field("page", &T::page, {.example = "1"}), field("per_page", &T::per_page, {.example = "50"}),
      field("pages", &T::pages, {.example = "3"}),
      field("next_cursor", &T::next_cursor,
            {.description = "For the page after this one; absent on the last."})};
};

template <>
struct Table<registry::MatchedField> {
  using T = registry::MatchedField;
  static constexpr std::string_view name = "MatchedField";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("field", &T::field, {.description = "Where it was found.", .example = R"("name")"}),
      field("term", &T::term, {.description = "The word of the query.", .example = R"("wether")"}),
      field("found", &T::found,
            {.description = "The agent's word, folded.", .example = R"("weather")"}),
      field("kind", &T::kind,
            {.description = "exact, stem, prefix or typo.", .example = R"("typo")"})};
};

template <>
struct Table<registry::FederatedPeer> {
  using T = registry::FederatedPeer;
  static constexpr std::string_view name = "FederatedPeerStatus";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name),     field("url", &T::url),         field("status", &T::status),
      field("agents", &T::agents), field("time_ms", &T::time_ms), field("cached", &T::cached)};
};

template <>
struct Table<registry::FederationStatus> {
  using T = registry::FederationStatus;
  static constexpr std::string_view name = "FederationStatus";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("peers_queried", &T::peers_queried), field("peers_responded", &T::peers_responded),
      field("query_time_ms", &T::query_time_ms), field("peers", &T::peers)};
};

template <>
struct Table<registry::AgentHit> {
  using T = registry::AgentHit;
  static constexpr std::string_view name = "AgentHit";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<T, registry::AgentView>(),
      std::tuple{field("score", &T::score,
                       {.description = "Comparable within one answer; 0 without words."}),
                 field("matched", &T::matched, {.description = "Why it was found."})});
};

template <>
struct Table<registry::AgentPage> {
  using T = registry::AgentPage;
  static constexpr std::string_view name = "AgentPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agents", &T::agents, {.description = "Without card unless fields asks for it."}),
      field("pagination", &T::pagination),
      field("facets", &T::facets,
            {.description = "For each facet asked for, its most frequent values with counts.",
             .example = R"({"tags":[{"value":"nlp","count":12}]})"}),
      field("federation_status", &T::federation_status,
            {.description = "With include_federated=true."})};
};

template <>
struct Table<registry::DiscoveryPage> {
  using T = registry::DiscoveryPage;
  static constexpr std::string_view name = "DiscoveryPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agents", &T::agents), field("pagination", &T::pagination),
      field("facets", &T::facets,
            {.description = "For each facet asked for, its most frequent values with counts.",
             .example = R"({"tags":[{"value":"nlp","count":12}]})"}),
      field("federation_status", &T::federation_status)};
};

template <>
struct Table<registry::CapabilityCount> {
  using T = registry::CapabilityCount;
  static constexpr std::string_view name = "CapabilityCount";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("name", &T::name, {.example = R"("nlp")"}),
                 field("local", &T::local, {.description = "Active agents of this registry."}),
                 field("federated", &T::federated, {.description = "Agents of peer registries."})};
};

template <>
struct Table<registry::CapabilityPage> {
  using T = registry::CapabilityPage;
  static constexpr std::string_view name = "CapabilityPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("capabilities", &T::capabilities), field("pagination", &T::pagination)};
};

}  // namespace sovereign::json
