// What a peer answers to a query, checked item by item like registrations: a peer that lies, errs
// or is taken over can show agents of its own under its own name, and nothing else.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "search/overlay.hpp"

namespace sovereign::registry {

/// Immutable; shared by the cache, searches and kept result sets.
struct PeerAnswer {
  /// The agents, ready to be laid over the catalog; null when there are none.
  std::shared_ptr<const search::Segment> agents;
  std::size_t accepted = 0;
  std::size_t refused = 0;  ///< Items that were no agents, not active, not the peer's, or repeated.
  std::size_t bytes = 0;    ///< Of the answer, for the cache's bound.
  Timestamp received_at{};
};

/// Whose answer it is, and what of it is taken.
struct PeerAnswerContext {
  std::string_view peer_name;
  std::string_view peer_url;
  std::string_view own_url;   ///< Items that claim to be at this URL are refused.
  std::size_t max_items = 0;  ///< Later ones are refused.
  Timestamp now{};
};

/// Takes `{"items": [...]}` (or "agents") apart. Error: `unprocessable` when it is no such
/// document; single items that are wrong are only counted.
Result<PeerAnswer> read_peer_answer(std::string_view body, const PeerAnswerContext& context);

/// The schema of the agents' segment: the catalog's.
const std::shared_ptr<const search::Schema>& peer_agents_schema();

}  // namespace sovereign::registry
