#include "core/events/event_bus.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_set>
#include <utility>

#include "json/write.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

struct EventBus::State {
  State(asio::any_io_executor executor, const base::Clock& clock, std::size_t capacity)
      : executor(std::move(executor)), clock(clock), capacity(capacity) {}

  asio::any_io_executor executor;
  const base::Clock& clock;
  const std::size_t capacity;
  std::deque<SharedEvent> ring;  ///< Oldest first.
  std::uint64_t last_id = 0;
  std::uint64_t dropped_id = 0;  ///< The newest that the ring no longer holds.
  bool is_closed = false;
  std::unordered_set<Subscription::State*> waiting;  ///< Those in next().
  std::size_t subscribers = 0;

  /// Tells those that wait of the newest event.
  void offer(const Event& event);
};

struct Subscription::State {
  State(std::shared_ptr<EventBus::State> bus, EventFilter filter)
      : bus(std::move(bus)), filter(std::move(filter)), wake(this->bus->executor) {}

  /// The next wanted event in the ring; null when there is none yet.
  SharedEvent take();

  std::shared_ptr<EventBus::State> bus;
  EventFilter filter;
  asio::steady_timer wake;
  std::uint64_t position = 0;
  SharedEvent notice;  ///< Goes before all else.
};

void EventBus::State::offer(const Event& event) {
  for (Subscription::State* subscription : waiting) {
    if (subscription->filter.wants(event)) {
      subscription->wake.cancel();
    } else if (subscription->position + 1 == event.id) {
      // Seen all and waits on: a storm of what it does not want must not cut it off.
      subscription->position = event.id;
    }
  }
}

namespace {

std::string event_data(json::Object data, std::string_view subject, base::Timestamp at) {
  std::string text;
  data["subject"] = subject;
  json::write(text, at);
  // As json::write prints times, without its quotes.
  data["at"] = std::string_view(text).substr(1, text.size() - 2);
  return json::to_text(json::Value(std::move(data)));
}

bool matches_type(std::string_view wanted, std::string_view type) {
  if (!wanted.ends_with('*')) return wanted == type;
  return type.starts_with(wanted.substr(0, wanted.size() - 1));
}

}  // namespace

bool EventFilter::wants(const Event& event) const {
  if (!subject.empty() && subject != event.subject) return false;
  return types.empty() || std::ranges::any_of(types, [&](const std::string& type) {
           return matches_type(type, event.type);
         });
}

EventBus::EventBus(asio::any_io_executor executor, const base::Clock& clock, std::size_t capacity)
    : state_(std::make_shared<State>(std::move(executor), clock, capacity)) {
  // Ids of a later run are larger, so that those of an earlier one are known to be gone.
  const auto now = clock.now().time_since_epoch().count();
  state_->last_id = static_cast<std::uint64_t>(std::max<std::int64_t>(now, 1));
  state_->dropped_id = state_->last_id;
}

EventBus::~EventBus() { close(); }

void EventBus::publish(std::string_view type, std::string_view subject, json::Object data) {
  State& state = *state_;
  state.ring.push_back(std::make_shared<const Event>(
      Event{.id = ++state.last_id,
            .type = std::string(type),
            .subject = std::string(subject),
            .data = event_data(std::move(data), subject, state.clock.now())}));
  if (state.ring.size() > state.capacity) {
    state.dropped_id = state.ring.front()->id;
    state.ring.pop_front();
  }
  state.offer(*state.ring.back());
}

Subscription EventBus::subscribe(EventFilter filter, std::optional<std::uint64_t> after) {
  auto subscription = std::make_unique<Subscription::State>(state_, std::move(filter));
  ++state_->subscribers;
  subscription->position = after.value_or(state_->last_id);
  if (after && (*after < state_->dropped_id || *after > state_->last_id)) {
    const std::uint64_t oldest = state_->dropped_id + 1;
    json::Object data{{"after", *after}, {"oldest", oldest}};
    subscription->position = state_->dropped_id;
    subscription->notice = std::make_shared<const Event>(
        Event{.id = state_->dropped_id,
              .type = std::string(kGap),
              .subject = "",
              .data = event_data(std::move(data), "", state_->clock.now())});
  }
  return Subscription(std::move(subscription));
}

std::uint64_t EventBus::last_id() const { return state_->last_id; }
std::size_t EventBus::subscribers() const { return state_->subscribers; }

void EventBus::close() {
  state_->is_closed = true;
  for (Subscription::State* subscription : state_->waiting) subscription->wake.cancel();
}

Subscription::Subscription(std::unique_ptr<State> state) : state_(std::move(state)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription::~Subscription() {
  if (state_ != nullptr) --state_->bus->subscribers;
}

SharedEvent Subscription::State::take() {
  if (notice != nullptr) return std::exchange(notice, nullptr);
  // Ids in the ring follow each other without gaps.
  std::size_t next = position - bus->dropped_id;
  while (next < bus->ring.size()) {
    const SharedEvent& event = bus->ring[next++];
    position = event->id;
    if (filter.wants(*event)) return event;
  }
  return nullptr;
}

/// That a subscription waits, also when its coroutine is cancelled meanwhile.
class Subscription::Waiting {
 public:
  explicit Waiting(State& state) : state_(state) { state_.bus->waiting.insert(&state_); }
  ~Waiting() { state_.bus->waiting.erase(&state_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

 private:
  State& state_;
};

Task<SharedEvent> Subscription::next(std::chrono::milliseconds wait) {
  State& state = *state_;
  state.wake.expires_after(wait);
  for (;;) {
    if (state.bus->is_closed)
      co_return base::fail(ErrorCode::unavailable, "The Core is shutting down.");
    if (state.notice == nullptr && state.position < state.bus->dropped_id) {
      co_return base::fail(
          ErrorCode::too_large,
          fmt::format("Events came faster than they were read; resume after {}.", state.position));
    }
    if (auto event = state.take()) co_return event;
    if (state.wake.expiry() <= asio::steady_timer::clock_type::now()) co_return SharedEvent();
    const Waiting waiting(state);
    boost::system::error_code woken;
    co_await state.wake.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

std::uint64_t Subscription::position() const { return state_->position; }

}  // namespace sovereign::core
