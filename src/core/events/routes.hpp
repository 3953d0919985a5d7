// The Core's events over HTTP, as server-sent events. Loop thread only.
#pragma once

#include <string>
#include <vector>

#include "core/events/event_bus.hpp"
#include "http/endpoint.hpp"
#include "json/table.hpp"

namespace sovereign::core {

struct EventsQuery {
  std::vector<std::string> type;
  std::string subject;
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::EventsQuery> {
  using EventsQuery = sovereign::core::EventsQuery;
  static constexpr std::string_view name = "EventsQuery";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("type", &EventsQuery::type,
            {.description = "Types or families of events; all when left out.",
             .example = R"(["agent.*","run.log"])",
             .optional = true,
             .max_length = 64,
             .max_items = 32}),
      field("subject", &EventsQuery::subject,
            {.description = "Only events about this agent, registry ...",
             .optional = true,
             .max_length = 200}),
  };
};

namespace sovereign::core {

class EventRoutes {
 public:
  /// `bus` must outlive it.
  explicit EventRoutes(EventBus& bus) : bus_(bus) {}
  void add_to(http::RouteTable& table);

 private:
  Result<http::Response> events(const http::Request& request, http::Query<EventsQuery> query);

  EventBus& bus_;
};

}  // namespace sovereign::core
