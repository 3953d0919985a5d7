// What happens in the Core, told to whoever listens now: web pages, the command line. In memory
// only; the audit log is the record. Loop thread only.
//
// The last events are kept in a ring. A subscription is a place in it, so a slow subscriber costs
// no memory: it is cut off when the ring has gone on past its place.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "json/parse.hpp"

namespace sovereign::core {

struct Event {
  /// One more than the event before; goes on growing over restarts of the Core. JavaScript holds it
  /// exactly.
  std::uint64_t id = 0;
  std::string type;     ///< "agent.changed"; kGap is the bus's own.
  std::string subject;  ///< What it is about: an agent's id, a registry's name; may be empty.
  std::string data;     ///< JSON text of an object: the publisher's members, "subject" and "at".
};

using SharedEvent = std::shared_ptr<const Event>;

/// The type of the notice that events between the id asked for and the next event are gone; its
/// data has "after" and "oldest". The subscriber should read the state anew.
inline constexpr std::string_view kGap = "stream.gap";

/// Which events a subscriber wants. Empty members want all.
struct EventFilter {
  /// Exact types, or families with a star: "agent.*".
  std::vector<std::string> types;
  std::string subject;

  bool wants(const Event& event) const;
};

class Subscription;

class EventBus {
 public:
  static constexpr std::size_t kDefaultCapacity = 4096;

  EventBus(boost::asio::any_io_executor executor, const base::Clock& clock,
           std::size_t capacity = kDefaultCapacity);
  ~EventBus();
  EventBus(const EventBus&) = delete;
  EventBus& operator=(const EventBus&) = delete;

  /// Returns at once. Publishers see to it that `data` holds no secrets.
  void publish(std::string_view type, std::string_view subject, json::Object data = {});

  /// Events after `after`, or from now on. When the ring no longer holds all that came after
  /// `after` (or never did: an id of the future), the first is a kGap and then come all there are.
  Subscription subscribe(EventFilter filter, std::optional<std::uint64_t> after = std::nullopt);

  std::uint64_t last_id() const;
  std::size_t subscribers() const;

  /// Ends all subscriptions, and those to come: next() answers `unavailable`.
  void close();

 private:
  friend class Subscription;
  struct State;
  std::shared_ptr<State> state_;  ///< Shared with subscriptions, which may outlive the bus.
};

/// Movable; ending it ends the subscription. One next() at a time.
class Subscription {
 public:
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) = delete;
  ~Subscription();

  /// The next event that the filter wants, or null when none came within `wait`. Errors, both
  /// final: `too_large` when more came than the ring holds before they were taken (the detail names
  /// the id to resume after), `unavailable` when the bus is closed. Cancelling the coroutine is
  /// allowed.
  Task<SharedEvent> next(std::chrono::milliseconds wait);

  /// The last event seen: what to resume after.
  std::uint64_t position() const;

 private:
  friend class EventBus;
  struct State;
  class Waiting;
  explicit Subscription(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sovereign::core
