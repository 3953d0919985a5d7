// The members of an agent card as a table; what check_card() walks.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sovereign::registry {

enum class CardKind : std::uint8_t {
  text,
  agent_url,  ///< https, or http on localhost.
  web_url,    ///< http or https, at most kMaxCardUrl characters.
  flag,
  scheme,  ///< One of kAuthSchemes.
  object,  ///< Any JSON object, kept as it is.
  texts,
  model,   ///< An object with members of its own.
  models,  ///< A list of such.
};

enum class CardPresence : std::uint8_t { required, optional };

struct CardModel;

struct CardMember {
  std::string_view name;
  CardKind kind = CardKind::text;
  CardPresence presence = CardPresence::optional;
  const CardModel* model = nullptr;  ///< Of kinds model and models.
  std::size_t min_items = 0;         ///< Of lists.
};

struct CardModel {
  std::string_view name;  ///< As clients' messages call it.
  std::span<const CardMember> members;
};

inline constexpr std::size_t kMaxCardUrl = 2083;
inline constexpr std::string_view kAuthSchemes[] = {"apiKey", "bearer", "oauth2", "none"};

extern const CardModel kAgentCardModel;

}  // namespace sovereign::registry
