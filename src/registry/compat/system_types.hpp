// What older clients see of the registry as a whole: news for everybody, numbers for
// administrators.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.hpp"
#include "json/nullable.hpp"
#include "json/table.hpp"

namespace sovereign::registry {

struct ActivityQuery {
  std::int64_t limit = 10;
  std::int64_t offset = 0;
};

struct Activity {
  std::int64_t id = 0;
  std::string event_type;
  std::string title;
  std::string description;
  json::Nullable<json::Raw> event_metadata;
  Timestamp created_at{};
};

struct ActivityPage {
  std::vector<Activity> items;
  std::int64_t total = 0;
};

struct Dashboard {
  std::int64_t developer_count = 0;
  std::int64_t active_developers = 0;
  std::int64_t agent_count = 0;
  std::int64_t active_agents = 0;
  std::int64_t bootstrap_tokens_issued = 0;
  std::int64_t tokens_used = 0;
  std::int64_t tokens_expired = 0;
  Timestamp timestamp{};
};

struct SystemHealth {
  std::string status;
  std::string database;
  std::int64_t recent_activity = 0;
  Timestamp timestamp{};
};

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::ActivityQuery> {
  using T = registry::ActivityQuery;
  static constexpr std::string_view name = "ActivityQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("limit", &T::limit,
            {.description = "10 when left out.", .optional = true, .minimum = 1, .maximum = 50}),
      field("offset", &T::offset,
            {.description = "Events before the first one shown.",
             .optional = true,
             .minimum = 0,
             .maximum = 1'000'000})};
};

template <>
struct Table<registry::Activity> {
  using T = registry::Activity;
  static constexpr std::string_view name = "Activity";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("id", &T::id),
                 field("event_type", &T::event_type, {.example = R"("AGENT_ONBOARDED")"}),
                 field("title", &T::title),
                 field("description", &T::description),
                 field("event_metadata", &T::event_metadata),
                 field("created_at", &T::created_at)};
};

template <>
struct Table<registry::ActivityPage> {
  using T = registry::ActivityPage;
  static constexpr std::string_view name = "ActivityPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("items", &T::items, {.description = "Newest first."}), field("total", &T::total)};
};

template <>
struct Table<registry::Dashboard> {
  using T = registry::Dashboard;
  static constexpr std::string_view name = "Dashboard";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("developer_count", &T::developer_count),
      field("active_developers", &T::active_developers),
      field("agent_count", &T::agent_count),
      field("active_agents", &T::active_agents),
      field("bootstrap_tokens_issued", &T::bootstrap_tokens_issued,
            {.description = "Bootstrap tokens count for 30 days after they expired."}),
      field("tokens_used", &T::tokens_used),
      field("tokens_expired", &T::tokens_expired, {.description = "Without being used."}),
      field("timestamp", &T::timestamp)};
};

template <>
struct Table<registry::SystemHealth> {
  using T = registry::SystemHealth;
  static constexpr std::string_view name = "SystemHealth";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("status", &T::status, {.example = R"("healthy")"}),
                 field("database", &T::database, {.example = R"("healthy")"}),
                 field("recent_activity", &T::recent_activity,
                       {.description = "Audited changes of the last hour, 1000 at most."}),
                 field("timestamp", &T::timestamp)};
};

}  // namespace sovereign::json
