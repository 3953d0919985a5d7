#include "registry/federation/federated_search.hpp"

#include <functional>
#include <optional>
#include <utility>

#include "search/overlay.hpp"

namespace sovereign::registry {
namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

FederatedPeer row_of(const PeerOutcome& outcome) {
  return {.name = outcome.name,
          .url = outcome.url,
          .status = std::string(outcome.status),
          .agents = outcome.answer ? static_cast<std::int64_t>(outcome.answer->accepted)
                                   : std::int64_t{0},
          .time_ms = Milliseconds(outcome.time).count(),
          .cached = outcome.cached};
}

FederationStatus status_of(const std::vector<PeerOutcome>& outcomes) {
  FederationStatus status{.peers_queried = static_cast<std::int64_t>(outcomes.size())};
  for (const auto& outcome : outcomes) {
    status.peers_responded += outcome.answer ? 1 : 0;
    status.peers.push_back(row_of(outcome));
  }
  return status;
}

std::vector<std::shared_ptr<const search::Segment>> segments_of(
    const std::vector<PeerOutcome>& outcomes) {
  std::vector<std::shared_ptr<const search::Segment>> segments;
  for (const auto& outcome : outcomes) {
    if (outcome.answer && outcome.answer->agents) segments.push_back(outcome.answer->agents);
  }
  return segments;
}

}  // namespace

Task<FederatedAnswer> FederatedSearch::search(SearchRequest wire, Viewer viewer,
                                              Ownership ownership) {
  const auto& clock = discovery_.clock();
  const auto started = clock.steady_now();
  const auto& own_url = discovery_.catalog().registry_url();
  std::optional<SetCursor> cursor;
  if (wire.cursor) {
    cursor = decode_set_cursor(*wire.cursor);
    wire.cursor = cursor->position;
  }
  // Which registries are searched is decided by whose agents are laid together.
  auto local = wire;
  local.registry.reset();
  const auto plan = plan_search(local, {.viewer = viewer,
                                        .ownership = ownership,
                                        .filters = wire.filters ? &*wire.filters : nullptr,
                                        .registry_url = own_url});
  if (!plan) co_return Failure(plan.error());
  const auto question =
      plan->digest ^ std::hash<std::string>{}(wire.registry.value_or(std::string()));
  std::optional<ResultSet> set;
  std::string set_id;
  if (cursor) {
    set = sets_.find(cursor->set, question, started);
    set_id = cursor->set;
  }
  if (!set) {
    set = co_await collect(wire, question);
    set_id.clear();
  }
  FederatedAnswer found{.plan = *plan, .answer = set->agents->search(plan->query), .part = {}};
  if (const auto next = pagination_of(*plan, found.answer).next_cursor) {
    if (set_id.empty()) set_id = sets_.keep(*set, clock.steady_now());
    found.part.next_cursor = encode_set_cursor({.set = set_id, .position = *next});
  }
  found.part.now = clock.now();
  found.part.status = std::move(set->status);
  found.part.status.query_time_ms = Milliseconds(clock.steady_now() - started).count();
  co_return found;
}

boost::asio::awaitable<ResultSet> FederatedSearch::collect(const SearchRequest& wire,
                                                           std::uint64_t question) {
  FanOutWish wish{
      .force_refresh = wire.force_refresh, .max_staleness = {}, .registry_url = wire.registry};
  if (wire.max_staleness) wish.max_staleness = std::chrono::seconds(*wire.max_staleness);
  auto query = peer_query_of(wire, static_cast<std::int64_t>(fan_out_.options().max_results));
  auto outcomes = co_await fan_out_.ask(std::move(query), std::move(wish));
  const auto& catalog = discovery_.catalog();
  const bool ours_too = wire.registry.value_or(catalog.registry_url()) == catalog.registry_url();
  const auto segments = segments_of(outcomes);
  co_return ResultSet{
      .question = question,
      .agents = search::overlay(peer_agents_schema(), *catalog.snapshot(), segments,
                                ours_too ? search::Below::shown : search::Below::hidden),
      .status = status_of(outcomes)};
}

}  // namespace sovereign::registry
