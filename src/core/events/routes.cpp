#include "core/events/routes.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "http/sse.hpp"

namespace sovereign::core {
namespace {

/// Only how often the coroutine looks up; a client that vanished is noticed by the heartbeats.
constexpr std::chrono::minutes kWait{10};

/// Ends when the client does not keep up: it comes back with the id it saw last.
class EventFeed final : public http::SseBody {
 public:
  explicit EventFeed(Subscription subscription)
      : SseBody(http::SseLength::endless), subscription_(std::move(subscription)) {}

 protected:
  boost::asio::awaitable<void> events(http::SseWriter& writer) override {
    for (;;) {
      auto event = co_await subscription_.next(kWait);
      if (!event) co_return;
      if (*event == nullptr) continue;
      const std::string id = fmt::format("{}", (*event)->id);
      const bool goes_on =
          co_await writer.send({.id = id, .event = (*event)->type, .data = (*event)->data});
      if (!goes_on) co_return;
    }
  }

 private:
  Subscription subscription_;
};

}  // namespace

void EventRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/events",
       .operation = "streamEvents",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &EventRoutes::events),
       .documentation = {.tag = "Events",
                         .summary = "What happens, as server-sent events",
                         .description =
                             "From now on, or after Last-Event-ID. An event stream.gap says that "
                             "events since then are gone: read the state anew. A client that does "
                             "not keep up is cut off and may resume.",
                         .errors = {400},
                         .answer_type = http::kEventStream,
                         .example_query = "type=agent.*,run.changed"}});
}

Result<http::Response> EventRoutes::events(const http::Request& request,
                                           http::Query<EventsQuery> query) {
  const auto after = http::last_event_id(request);
  if (!after) return Failure(after.error());
  EventFilter filter{.types = std::move(query.value.type),
                     .subject = std::move(query.value.subject)};
  return http::sse_response(std::make_unique<EventFeed>(bus_.subscribe(std::move(filter), *after)));
}

}  // namespace sovereign::core
