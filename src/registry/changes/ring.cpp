#include "registry/changes/ring.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "http/sse.hpp"

namespace sovereign::registry {
namespace {

ChangeBlock make_block(std::vector<ChangeEvent> events, std::int64_t last_position) {
  ChangeBlock block{.last_position = last_position, .events = std::move(events)};
  block.sse_ends.reserve(block.events.size());
  for (const auto& event : block.events) {
    append_sse_item(block.sse, event, {});
    block.sse_ends.push_back(block.sse.size());
    block.bytes += event.size();
  }
  block.bytes += block.sse.size();
  return block;
}

}  // namespace

void append_sse_item(std::string& out, const ChangeEvent& event,
                     const std::optional<ChangeInclude>& include) {
  std::string item;
  append_item(item, event, include);
  http::append_sse(out, {.id = event.cursor, .event = json::name_of(event.kind), .data = item});
}

void ChangeRing::push(std::vector<ChangeEvent> events, std::int64_t position) {
  for (const auto& event : events) {
    if (event.kind == ChangeKind::deleted) retract(event.change.agent);
  }
  for (auto first = events.begin(); first != events.end();) {
    auto last = first;
    std::size_t bytes = 0;
    do {
      bytes += last->size();
      ++last;
    } while (last != events.end() && bytes < kBlockBytes &&
             std::cmp_less(std::distance(first, last), kBlockEvents));
    const auto up_to = last == events.end() ? position : std::prev(last)->change.position;
    append(make_block({std::make_move_iterator(first), std::make_move_iterator(last)}, up_to));
    first = last;
  }
  newest_ = position;
  trim();
}

void ChangeRing::append(ChangeBlock block) {
  events_ += block.events.size();
  bytes_ += block.bytes;
  blocks_.push_back(std::make_shared<const ChangeBlock>(std::move(block)));
}

void ChangeRing::retract(AgentId agent) {
  const auto shows_it = [agent](const ChangeEvent& event) {
    return event.change.agent == agent && event.kind != ChangeKind::deleted;
  };
  for (auto& block : blocks_) {
    if (std::ranges::none_of(block->events, shows_it)) continue;
    auto events = block->events;
    for (auto& event : events) {
      if (shows_it(event)) event = tombstone_of(event);
    }
    auto replaced =
        std::make_shared<const ChangeBlock>(make_block(std::move(events), block->last_position));
    bytes_ = bytes_ - block->bytes + replaced->bytes;
    block = std::move(replaced);
  }
}

void ChangeRing::trim() {
  while (blocks_.size() > 1 && (events_ > limits_.events || bytes_ > limits_.bytes)) {
    floor_ = blocks_.front()->last_position;
    events_ -= blocks_.front()->events.size();
    bytes_ -= blocks_.front()->bytes;
    blocks_.pop_front();
  }
}

ChangeReading ChangeRing::after(std::int64_t position) const {
  using State = ChangeReading::State;
  if (position >= newest_) return {};
  if (position < floor_) return {.state = State::dropped};
  const auto block = std::ranges::upper_bound(
      blocks_, position, {}, [](const auto& candidate) { return candidate->last_position; });
  if (block == blocks_.end()) return {};
  const auto first = std::ranges::upper_bound(
      (*block)->events, position, {}, [](const auto& event) { return event.change.position; });
  const auto index = static_cast<std::size_t>(first - (*block)->events.begin());
  return {.state = State::block, .block = *block, .first = index};
}

}  // namespace sovereign::registry
