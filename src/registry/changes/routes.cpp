#include "registry/changes/routes.hpp"

#include <chrono>
#include <utility>

#include "http/sse.hpp"
#include "registry/changes/poll.hpp"
#include "registry/changes/signature.hpp"
#include "registry/changes/transports.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Changes";

http::Route row(std::string_view path, std::string_view operation, std::string_view limit) {
  return {.method = http::Method::get,
          .path = path,
          .operation = operation,
          .access = http::Access::anonymous,
          .limit = limit};
}

ChangeFilter filter_in(const auto& query) {
  return change_filter(query.agent_type, query.capability, query.owner);
}

}  // namespace

void ChangeRoutes::add_to(http::RouteTable& routes) {
  auto poll = row("/api/v1/changes", "pollChanges", "changes.poll");
  poll.handler = http::endpoint(this, &ChangeRoutes::poll);
  poll.documentation = {
      .tag = kTag,
      .summary = "Follow the agents, page by page",
      .description =
          "All public agents, then every change of them in the order in which it "
          "became visible: pass the answer's cursor as the next request's since. With "
          "wait the answer comes with the first change. Signed: X-Batch-Signature.",
      .errors = {409, 422, 503},
      .example_query = "since=start&limit=10&agent_type=assistant"};
  routes.push_back(std::move(poll));
  auto events = row("/api/v1/changes/stream", "streamChanges", "changes.stream");
  events.handler = http::endpoint(this, &ChangeRoutes::events);
  events.documentation = {
      .tag = kTag,
      .summary = "Follow the agents as server-sent events",
      .description =
          "The same items with the same cursors, as event ids: a client that comes "
          "back with Last-Event-ID goes on where it was.",
      .errors = {409, 422, 503},
      .answer_type = http::kEventStream};
  routes.push_back(std::move(events));
  auto websocket = row("/api/v1/changes/ws", "followChanges", "changes.stream");
  websocket.handler = http::endpoint(this, &ChangeRoutes::websocket);
  websocket.documentation = {
      .tag = kTag,
      .summary = "Follow the agents over WebSocket",
      .description =
          "One text message an item. The client may send a filter: an object with "
          "agent_type, capability and owner.",
      .success = 101,
      .errors = {403, 409, 422, 426, 503}};
  routes.push_back(std::move(websocket));
}

http::Response ChangeRoutes::signed_response(std::string body) const {
  http::Response response;
  if (signer_ != nullptr) {
    const auto bytes = signed_batch_bytes(body);
    response.headers.push_back({kBatchSignatureHeader, signer_->sign(bytes)});
  }
  response.body = std::move(body);
  return response;
}

Task<http::Prepared<ChangeBatch>> ChangeRoutes::poll(const http::Request&,
                                                     http::Query<ChangePollQuery> query) {
  const auto& wanted = query.value;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(wanted.wait);
  auto beginning = feed_.begin(wanted.since);
  const auto from = co_await std::move(beginning);
  if (!from) co_return Failure(from.error());
  ChangePollRequest request{.since = wanted.since.value_or("start"),
                            .from = *from,
                            .filter = filter_in(wanted),
                            .include = wanted.include,
                            .until = until};
  request.limits.items = static_cast<std::size_t>(wanted.limit);
  auto polling = poll_changes(feed_, std::move(request));
  auto body = co_await std::move(polling);
  if (!body) co_return Failure(std::move(body.error()));
  co_return http::Prepared<ChangeBatch>{signed_response(std::move(*body))};
}

Task<std::unique_ptr<ChangeStream>> ChangeRoutes::open(ChangeQuery query) {
  auto beginning = feed_.begin(query.since);
  const auto from = co_await std::move(beginning);
  if (!from) co_return Failure(from.error());
  auto place = feed_.hub().open_stream();
  if (!place) {
    co_return base::fail(ErrorCode::unavailable,
                         "As many listen as this server takes; poll GET /api/v1/changes instead.");
  }
  co_return std::make_unique<ChangeStream>(
      feed_, std::move(place),
      ChangeStreamOptions{.from = *from, .filter = filter_in(query), .include = query.include});
}

Task<http::Response> ChangeRoutes::events(const http::Request& request,
                                          http::Query<ChangeQuery> query) {
  const auto last = request.header("Last-Event-ID");
  if (!last.empty()) query.value.since = std::string(last);
  auto opening = open(std::move(query.value));
  auto stream = co_await std::move(opening);
  if (!stream) co_return Failure(std::move(stream.error()));
  http::Response response{.content_type = http::kEventStream,
                          .stream = change_events(std::move(*stream))};
  response.headers.push_back({"X-Accel-Buffering", "no"});  // For a reverse proxy in front.
  co_return response;
}

Task<http::Response> ChangeRoutes::websocket(const http::Request& request,
                                             http::Query<ChangeQuery> query) {
  if (auto refusal = http::refuse_websocket(request)) co_return std::move(*refusal);
  auto opening = open(std::move(query.value));
  auto stream = co_await std::move(opening);
  if (!stream) co_return Failure(std::move(stream.error()));
  http::Response response{.status = 101};
  response.websocket = change_session(std::move(*stream), clock_);
  co_return response;
}

}  // namespace sovereign::registry
