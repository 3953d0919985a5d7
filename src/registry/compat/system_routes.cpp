#include "registry/compat/system_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "json/parse.hpp"
#include "registry/compat/card_routes.hpp"

namespace sovereign::registry {
namespace {

using http::Access;
using http::endpoint;
using http::Method;

/// An action of the audit trail that is news, as the feed tells it. Who did it is not part of it.
struct News {
  std::string_view action;
  std::string_view type;
  std::string_view title;
  std::string_view description;
};
constexpr std::array<News, 3> kNews = {
    News{"bootstrap_token.consume", "AGENT_ONBOARDED", "Agent onboarded",
         "A new agent has joined the registry."},
    News{"peer.propose", "FEDERATION_REQUEST", "Federation requested",
         "A registry was proposed as a peer."},
    News{"peer.approve", "FEDERATION_APPROVED", "Federation approved",
         "A registry has become a peer."}};

constexpr EventActions kAllActions = {kNews[0].action, kNews[1].action, kNews[2].action};

/// Of the details of an event what everybody may know: the agent's DID.
json::Nullable<json::Raw> metadata_of(const EventRow& event) {
  const auto id = json::raw_member(event.details, "agent_id");
  if (!id || id->size() < 2) return {};
  return {json::Raw{
      fmt::format(R"({{"agent_did":"did:agentvault:{}"}})", id->substr(1, id->size() - 2))}};
}

Activity activity_of(const EventRow& event) {
  const auto& news = *std::ranges::find(kNews, event.action, &News::action);
  return {.id = event.sequence,
          .event_type = std::string(news.type),
          .title = std::string(news.title),
          .description = std::string(news.description),
          .event_metadata = metadata_of(event),
          .created_at = event.at};
}

}  // namespace

void SystemRoutes::add_to(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back({.method = Method::get,
                   .path = "/api/v1/system/activity-feed",
                   .operation = "getActivityFeed",
                   .limit = "discovery.search",
                   .handler = endpoint(this, &SystemRoutes::feed),
                   .documentation = {.tag = tag,
                                     .summary = "What has happened lately",
                                     .description = "Agents that came by onboarding, and peers.",
                                     .errors = {503},
                                     .example_query = "limit=5"}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/system/activity-feed/by-type/{event_type}",
                   .operation = "getActivityFeedByType",
                   .limit = "discovery.search",
                   .handler = endpoint(this, &SystemRoutes::feed_by_type),
                   .documentation = {.tag = tag,
                                     .summary = "The same, of one kind",
                                     .description = "Nothing, for a kind that is not known.",
                                     .errors = {503}}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/admin/dashboard",
                   .operation = "getDashboard",
                   .access = Access::admin,
                   .handler = endpoint(this, &SystemRoutes::dashboard),
                   .documentation = {.tag = tag, .summary = "The registry in numbers"}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/admin/system-health",
                   .operation = "getSystemHealth",
                   .access = Access::admin,
                   .handler = endpoint(this, &SystemRoutes::health),
                   .documentation = {.tag = tag,
                                     .summary = "Whether the registry is well",
                                     .description = "503 when its database is away."}});
}

Task<http::Reply<ActivityPage>> SystemRoutes::page(EventActions actions, ActivityQuery query) {
  auto reading = store_.events(actions, query.limit, query.offset);
  const auto events = co_await std::move(reading);
  if (!events) co_return Failure(events.error());
  http::Reply<ActivityPage> reply{.value = {.total = events->total}};
  for (const auto& event : events->events) reply.value.items.push_back(activity_of(event));
  co_return reply;
}

Task<http::Reply<ActivityPage>> SystemRoutes::feed(const http::Request&,
                                                   http::Query<ActivityQuery> query) {
  return page(kAllActions, query.value);
}

Task<http::Reply<ActivityPage>> SystemRoutes::feed_by_type(const http::Request& request,
                                                           http::Query<ActivityQuery> query) {
  const auto news = std::ranges::find(kNews, request.parameters.values[0], &News::type);
  if (news == kNews.end()) co_return http::Reply<ActivityPage>{};
  auto reading = page({news->action, news->action, news->action}, query.value);
  co_return co_await std::move(reading);
}

Task<http::Reply<Dashboard>> SystemRoutes::dashboard(const http::Request&) {
  const auto now = clock_.now();
  auto counting = store_.counts(now);
  const auto counts = co_await std::move(counting);
  if (!counts) co_return Failure(counts.error());
  co_return http::Reply<Dashboard>{.value = {.developer_count = counts->developers,
                                             .active_developers = counts->active_developers,
                                             .agent_count = counts->agents,
                                             .active_agents = counts->active_agents,
                                             .bootstrap_tokens_issued = counts->tokens_issued,
                                             .tokens_used = counts->tokens_used,
                                             .tokens_expired = counts->tokens_expired,
                                             .timestamp = now}};
}

Task<http::Reply<SystemHealth>> SystemRoutes::health(const http::Request&) {
  const auto now = clock_.now();
  auto counting = store_.count_audited(now - std::chrono::hours(1));
  const auto recent = co_await std::move(counting);
  if (!recent) co_return Failure(recent.error());
  co_return http::Reply<SystemHealth>{.value = {.status = "healthy",
                                                .database = "healthy",
                                                .recent_activity = *recent,
                                                .timestamp = now}};
}

}  // namespace sovereign::registry
