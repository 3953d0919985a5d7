// Agent cards over HTTP, as existing clients send and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "json/nullable.hpp"
#include "json/table.hpp"
#include "registry/agents/registration.hpp"

namespace sovereign::registry {

namespace limits {
inline constexpr std::size_t kCardSearch = 100;      ///< Characters.
inline constexpr double kCardOffset = 2147483647.0;  ///< What clients' 32-bit counters hold.
inline constexpr double kCardsPerPage = 250;
}  // namespace limits

/// Body of POST /agent-cards.
struct CardCreation {
  json::Raw card_data;
};

/// Body of PUT /agent-cards/{card_id}.
struct CardUpdate {
  std::optional<json::Raw> card_data;
  std::optional<bool> is_active;
};

/// Body of validate-card.
struct CardToValidate {
  json::Raw card_data;
};

struct CardVerdict {
  bool is_valid = false;
  json::Nullable<std::string> detail;
  json::Nullable<json::Raw> validated_card_data;
};

struct CardListQuery {
  std::int64_t skip = 0;
  std::int64_t limit = 100;
  bool active_only = true;
  std::optional<std::string> search;
  std::vector<std::string> tags;
  std::optional<bool> has_tee;
  std::optional<std::string> tee_type;
  bool owned_only = false;
  bool include_federated = false;
};

struct CardHriQuery {
  std::string hri;
};

/// A card as one reads it.
struct CardView {
  AgentId id;
  std::int64_t developer_id = 0;
  bool developer_is_verified = false;
  json::Raw card_data;
  std::string name;
  std::string description;
  bool is_active = false;
  Timestamp created_at{};
  Timestamp updated_at{};
  std::string did;
  std::string human_readable_id;
};

/// A card in a list.
struct CardSummary {
  AgentId id;
  std::string name;
  std::string description;
  bool is_active = false;
  json::Nullable<std::string> origin_registry_name;
};

struct CardPagination {
  std::int64_t total_items = 0;
  std::int64_t limit = 0;
  std::int64_t offset = 0;
  std::int64_t total_pages = 0;
  std::int64_t current_page = 1;
};

struct CardPage {
  std::vector<CardSummary> items;
  CardPagination pagination;
};

/// What the numbers of a page are: pages are counted from the offset, past the end too.
CardPagination card_pagination(std::uint64_t total, const CardListQuery& query);

}  // namespace sovereign::registry

namespace sovereign::json {

inline constexpr std::string_view kCardExample =
    R"({"schemaVersion":"1.0","humanReadableId":"acme/tide-table","agentVersion":"1.2.0",)"
    R"("name":"Tide Table","description":"Tells when the tide is high","url":)"
    R"("https://tides.example.com/a2a","provider":{"name":"Acme"},"capabilities":)"
    R"({"a2aVersion":"1.0"},"authSchemes":[{"scheme":"none"}],"tags":["sea"]})";

template <>
struct Table<registry::CardCreation> {
  static constexpr std::string_view name = "CardCreation";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("card_data", &registry::CardCreation::card_data,
                                                  {.description = "The agent card.",
                                                   .example = kCardExample,
                                                   .max_bytes = registry::limits::kAgentCard})};
};

template <>
struct Table<registry::CardUpdate> {
  using T = registry::CardUpdate;
  static constexpr std::string_view name = "CardUpdate";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("card_data", &T::card_data,
                       {.description = "Members to replace; null removes one, the others stay.",
                        .example = R"({"description":"Tells the tides of any harbour"})",
                        .max_bytes = registry::limits::kAgentCard}),
                 field("is_active", &T::is_active, {.description = "Whether it is listed."})};
};

template <>
struct Table<registry::CardToValidate> {
  static constexpr std::string_view name = "CardToValidate";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("card_data", &registry::CardToValidate::card_data,
            {.description = "The agent card.", .example = kCardExample, .max_bytes = 1UL << 20})};
};

template <>
struct Table<registry::CardVerdict> {
  using T = registry::CardVerdict;
  static constexpr std::string_view name = "CardVerdict";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("is_valid", &T::is_valid),
      field("detail", &T::detail, {.description = "What is wrong, for people."}),
      field("validated_card_data", &T::validated_card_data,
            {.description = "The card with every member of the profile, in its normal form."})};
};

template <>
struct Table<registry::CardListQuery> {
  using T = registry::CardListQuery;
  static constexpr std::string_view name = "CardListQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("skip", &T::skip,
            {.description = "Cards before the first one shown; also called offset.",
             .alias = "offset",
             .optional = true,
             .minimum = 0,
             .maximum = registry::limits::kCardOffset}),
      field("limit", &T::limit,
            {.description = "100 when left out.",
             .optional = true,
             .minimum = 1,
             .maximum = registry::limits::kCardsPerPage}),
      field("active_only", &T::active_only,
            {.description = "false shows deactivated cards too.", .optional = true}),
      field("search", &T::search,
            {.description = "Words of name and description.",
             .max_length = registry::limits::kCardSearch}),
      field("tags", &T::tags,
            {.description = "Repeated: cards that have all of them.",
             .optional = true,
             .max_length = 100,
             .max_items = 20}),
      field("has_tee", &T::has_tee,
            {.description = "Whether it says to run in a trusted execution environment."}),
      field("tee_type", &T::tee_type, {.description = "Of which kind.", .max_length = 50}),
      field("owned_only", &T::owned_only,
            {.description = "One's own cards only; needs an account.", .optional = true}),
      field("include_federated", &T::include_federated,
            {.description = "Ask the peer registries too.", .optional = true})};
};

template <>
struct Table<registry::CardHriQuery> {
  static constexpr std::string_view name = "CardHriQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("hri", &registry::CardHriQuery::hri,
                       {.description = "The humanReadableId, in any case.",
                        .example = R"("my-ai-assistant")",
                        .min_length = 1,
                        .max_length = 255})};
};

template <>
struct Table<registry::CardView> {
  using T = registry::CardView;
  static constexpr std::string_view name = "CardView";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id),
      field("developer_id", &T::developer_id, {.description = "The publisher's number."}),
      field("developer_is_verified", &T::developer_is_verified),
      field("card_data", &T::card_data, {.description = "The card in its normal form."}),
      field("name", &T::name),
      field("description", &T::description),
      field("is_active", &T::is_active),
      field("created_at", &T::created_at),
      field("updated_at", &T::updated_at),
      field("did", &T::did),
      field("humanReadableId", &T::human_readable_id)};
};

template <>
struct Table<registry::CardSummary> {
  using T = registry::CardSummary;
  static constexpr std::string_view name = "CardSummary";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("id", &T::id), field("name", &T::name),
                 field("description", &T::description), field("is_active", &T::is_active),
                 field("origin_registry_name", &T::origin_registry_name,
                       {.description = "Local, or the name of the peer that has it."})};
};

template <>
struct Table<registry::CardPagination> {
  using T = registry::CardPagination;
  static constexpr std::string_view name = "CardPagination";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("total_items", &T::total_items), field("limit", &T::limit), field("offset", &T::offset),
      field("total_pages", &T::total_pages), field("current_page", &T::current_page)};
};

template <>
struct Table<registry::CardPage> {
  using T = registry::CardPage;
  static constexpr std::string_view name = "CardPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("items", &T::items), field("pagination", &T::pagination)};
};

}  // namespace sovereign::json
