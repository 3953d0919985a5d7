// The question one registry asks another (seed: Inter-Registry Query Protocol), as it is sent and
// as it is read. Members the seed does not name are ours; other programs ignore them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/parse.hpp"
#include "json/table.hpp"
#include "registry/discovery/types.hpp"

namespace sovereign::registry {

struct PeerQuery {
  std::optional<std::string> search;
  std::vector<std::string> tags;
  std::vector<std::string> capabilities;
  std::int64_t limit = 100;
  std::int64_t offset = 0;
  bool active_only = true;
  MatchMode match = MatchMode::all;
  std::optional<std::string> agent_type;
  std::optional<std::string> developer;
  std::optional<bool> verified;
  std::optional<double> price_max;
  std::optional<SearchSort> sort;
  std::optional<SearchOrder> order;
  std::optional<json::Value> filters;
};

/// What a search asks of its peers: all that decides which agents come first; never its page.
PeerQuery peer_query_of(const SearchRequest& search, std::int64_t limit);

/// The same question to ourselves.
SearchRequest search_of(const PeerQuery& query);

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::PeerQuery> {
  using T = sovereign::registry::PeerQuery;
  static constexpr std::string_view name = "FederationQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("search", &T::search,
            {.description = "Words to find.",
             .example = R"("language model")",
             .max_length = registry::limits::kQueryText}),
      field("tags", &T::tags, kTermsOptions),
      field("capabilities", &T::capabilities, kTermsOptions),
      field("limit", &T::limit, {.optional = true, .minimum = 1, .maximum = 1000}),
      field("offset", &T::offset,
            {.optional = true, .minimum = 0, .maximum = registry::limits::kPages}),
      field("active_only", &T::active_only,
            {.description = "Only active agents are answered, whatever this says.",
             .optional = true}),
      field("match", &T::match, {.optional = true}),
      field("agent_type", &T::agent_type, {.max_length = 100}),
      field("developer", &T::developer, {.max_length = 255}),
      field("verified", &T::verified),
      field("price_max", &T::price_max, {.minimum = 0}),
      field("sort", &T::sort),
      field("order", &T::order),
      field("filters", &T::filters, {.description = "As of POST /discovery/search."}),
  };
};
