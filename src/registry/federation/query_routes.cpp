#include "registry/federation/query_routes.hpp"

#include <utility>

#include "http/query.hpp"
#include "json/write.hpp"
#include "registry/agents/record.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kPolicy = "federation.query";

std::string_view bearer_of(const http::Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  const auto header = request.header("Authorization");
  return header.starts_with(kScheme) ? header.substr(kScheme.size()) : std::string_view();
}

Result<PeerQuery> query_of(const http::Request& request, http::OptionalJson<PeerQuery> body) {
  if (!request.body.empty() || request.query.empty()) return std::move(body.value);
  return http::read_query<PeerQuery>(request.query);
}

Result<SearchPlan> plan_of(const PeerQuery& query, std::string_view registry_url) {
  const auto search = search_of(query);
  auto plan = plan_search(search, {.viewer = {},
                                   .filters = search.filters ? &*search.filters : nullptr,
                                   .registry_url = registry_url});
  if (!plan) return plan;
  plan->query.limit = static_cast<std::size_t>(query.limit);
  plan->query.offset = static_cast<std::size_t>(query.offset);
  plan->query.explain = false;
  return plan;
}

std::string write_answer(const PeerQuery& query, const search::Answer& answer) {
  std::string out = R"({"items":[)";
  for (const auto& hit : answer.hits) {
    if (out.back() != '[') out += ',';
    out += static_cast<const AgentRecord*>(hit.payload.get())->item_without_brace();
    out += R"(,"is_active":true,"origin_registry_name":"Local"})";
  }
  out += R"(],"pagination":)";
  json::write(out, pagination_of(static_cast<std::int64_t>(answer.total),
                                 {.skip = query.offset, .limit = query.limit}));
  return out += '}';
}

}  // namespace

void PeerQueryRoutes::add_to(http::RouteTable& routes) {
  for (const std::string_view path :
       {"/api/v1/internal/federation/query", "/internal/federation/query"}) {
    const bool is_short = !path.starts_with("/api");
    routes.push_back(
        {.method = http::Method::post,
         .path = path,
         .operation = is_short ? "federationQueryShortPath" : "federationQuery",
         .access = http::Access::anonymous,
         .handler = http::endpoint(this, &PeerQueryRoutes::query),
         .documentation = {
             .tag = "Federation",
             .summary = "Answer a peer's query",
             .description = "For active peers, with the pair's token as bearer. Answers this "
                            "registry's own agents only. The arguments may also be sent in the "
                            "query string, with an empty body.",
             .errors = {401, 422, 429},
             .example_body = R"({"search":"language model","tags":["nlp"],"limit":100,)"
                             R"("offset":0,"active_only":true})"}});
  }
}

Task<http::Prepared<PeerQueryAnswer>> PeerQueryRoutes::query(const http::Request& request,
                                                             http::OptionalJson<PeerQuery> body) {
  const auto peer = peers_.authenticate(bearer_of(request));
  if (!peer) {
    co_return base::fail(ErrorCode::unauthenticated,
                         "Only active peers are answered here, with the pair's token as bearer.");
  }
  auto finding = http::finding_of(limiter_.acquire(kPolicy, peer->to_string()));
  const auto decision = co_await std::move(finding);
  if (decision && !decision->allowed) {
    auto failure = base::fail(ErrorCode::too_many_requests, "This peer asks too often.");
    failure.error().retry_after = decision->reset;
    co_return failure;
  }
  const auto query = query_of(request, std::move(body));
  if (!query) co_return Failure(query.error());
  const auto plan = plan_of(*query, discovery_.catalog().registry_url());
  if (!plan) co_return Failure(plan.error());
  http::Response response{.body = write_answer(*query, discovery_.search(*plan)),
                          .cache_control = "no-store"};
  co_return http::Prepared<PeerQueryAnswer>{std::move(response)};
}

}  // namespace sovereign::registry
