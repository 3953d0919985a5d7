// Publishing by card: a card becomes an agent of the one catalog, and an agent is changed through
// its card. The agents' service writes; what is decided here is what.
#pragma once

#include <optional>
#include <string>

#include "registry/agents/service.hpp"
#include "registry/compat/card_types.hpp"
#include "registry/compat/integer_aliases.hpp"
#include "registry/onboarding/service.hpp"

namespace sovereign::registry {

class Accounts;

/// A change of a card as its publisher sends it.
struct CardChange {
  std::optional<std::string> card_data;  ///< A JSON object, byte for byte.
  std::optional<bool> is_active;
  std::string if_match;  ///< Entity tag of a card, or empty.
};

/// A card with what names its state.
struct RenderedCard {
  CardView view;
  std::string etag;
};

/// What the cards' service works with; all must outlive it.
struct CardParts {
  sql::Database& database;
  AgentService& agents;
  const Catalog& catalog;
  Accounts& accounts;
  IntegerAliases& aliases;
};

class CardService {
 public:
  explicit CardService(CardParts parts) : parts_(parts), store_(parts.database) {}

  /// `card`: a JSON object, byte for byte. Errors: as AgentService::create; `unprocessable` lists
  /// every fault of the card.
  Task<SharedRecord> create(std::string card, Caller caller);

  /// Merges `change` into the agent's card, and what the agent has of it into the agent; nothing to
  /// change is no error. Errors: as AgentService::update.
  Task<SharedRecord> update(AgentId id, CardChange change, Caller caller);

  /// Deactivates; once more is no error. `if_match` as in CardChange. Errors: as
  /// AgentService::remove.
  Task<SharedRecord> remove(AgentId id, std::string if_match, Caller caller);

  /// The record as a card. Errors: unavailable (the publisher's number or state is not known).
  Task<RenderedCard> render(SharedRecord record);

 private:
  /// One attempt; nothing when another write came first.
  Task<std::optional<SharedRecord>> try_update(AgentId id, const CardChange& change,
                                               const Caller& caller);
  /// Error: `precondition_failed`, when `if_match` is not empty and names another state.
  Task<void> check_state(std::string_view if_match, const AgentRecord& record);
  /// What of the publisher shows in a card.
  Task<bool> is_verified(UserId publisher);

  CardParts parts_;
  AgentStore store_;
};

/// The registration that a valid card makes. Error: `unprocessable`, opening with `opening`.
Result<AgentRegistration> read_card(std::string_view card, std::string_view opening);

}  // namespace sovereign::registry
