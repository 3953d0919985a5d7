// The agent card that existing clients write (A2A profile, camel and snake case mixed), checked and
// normalised as their own validators do: same members, same verdicts, same wording.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/parse.hpp"

namespace sovereign::registry {

/// One thing wrong with a card. Never holds the rejected value.
struct CardFault {
  std::string location;   ///< "authSchemes.0.scheme"; empty for the card itself.
  std::string_view type;  ///< "missing", "url_scheme" ...
  std::string message;    ///< "Field required"
};

inline constexpr std::size_t kMaxCardFaults = 50;  ///< Kept of one card; `faults` counts all.

struct CheckedCard {
  /// Every member of the profile, absent ones as null, URLs in their one form, unknown members left
  /// out. Complete only without faults.
  json::Object normalised;
  std::vector<CardFault> kept;  ///< The first ones.
  std::size_t faults = 0;

  bool is_valid() const { return faults == 0; }
};

/// Checks any JSON value as a card.
CheckedCard check_card(const json::Value& card);

/// The members of `card` that are there and valid, normalised.
json::Object valid_members(const json::Value& card);

/// The text that clients show: "2 validation errors for AgentCard", then two lines a fault.
std::string describe_faults(const CheckedCard& checked);

/// An `unprocessable` error: `opening` and the description as detail, and a pointer for each fault,
/// below `prefix` ("/card_data").
Failure card_failure(const CheckedCard& checked, std::string_view opening, std::string_view prefix);

}  // namespace sovereign::registry
