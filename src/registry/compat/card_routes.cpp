#include "registry/compat/card_routes.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/encoding.hpp"
#include "registry/compat/card_check.hpp"
#include "registry/compat/card_list.hpp"
#include "registry/discovery/list_response.hpp"

namespace sovereign::registry {
namespace {

using http::endpoint;
using http::Method;

constexpr std::string_view kCards = "/api/v1/agent-cards";
constexpr std::string_view kCard = "/api/v1/agent-cards/{card_id}";
constexpr std::size_t kHexUuid = 32;  ///< Characters of a UUID without hyphens.

/// The words that clients of old look for.
Error in_words_of_cards(Error error, std::string_view action) {
  if (error.code == ErrorCode::not_found) error.detail = "Agent Card not found";
  if (error.code == ErrorCode::forbidden && error.fields.empty() &&
      error.detail.starts_with("Only the agent's publisher")) {
    error.detail = fmt::format("Not authorized to {} this agent card", action);
  }
  return error;
}

}  // namespace

Result<AgentId> card_id_of(std::string_view text) {
  std::string id = base::to_lower_ascii(text);
  if (id.starts_with("urn:uuid:")) id.erase(0, 9);
  if (id.starts_with('{') && id.ends_with('}')) id = id.substr(1, id.size() - 2);
  if (id.size() == kHexUuid) {
    for (const std::size_t at : {8, 13, 18, 23}) id.insert(at, 1, '-');
  }
  const auto parsed = AgentId::parse(id);
  if (parsed) return *parsed;
  return base::fail(ErrorCode::unprocessable,
                    "Input should be a valid UUID: the card's id in the path is none.");
}

void CardRoutes::add_to(http::RouteTable& table) {
  add_reads(table);
  add_writes(table);
}

void CardRoutes::add_reads(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back(
      {.method = Method::get,
       .path = kCards,
       .operation = "listAgentCards",
       .limit = "discovery.search",
       .handler = endpoint(this, &CardRoutes::list),
       .documentation = {.tag = tag,
                         .summary = "List agent cards",
                         .description =
                             "What was changed last comes first. Credentials are only needed for "
                             "owned_only; ones that are no good count as none.",
                         .errors = {401, 503},
                         .example_query = "limit=5&active_only=true&search=tide"}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/agent-cards/by-hri",
                   .operation = "getAgentCardByReadableIdQuery",
                   .handler = endpoint(this, &CardRoutes::get_by_hri),
                   .documentation = {.tag = tag,
                                     .summary = "Get a card by its humanReadableId",
                                     .errors = {404, 503},
                                     .example_query = "hri=my-ai-assistant"}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/agent-cards/id/{human_readable_id*}",
                   .operation = "getAgentCardByReadableId",
                   .handler = endpoint(this, &CardRoutes::get_by_path),
                   .documentation = {.tag = tag,
                                     .summary = "Get a card by its humanReadableId in the path",
                                     .description = "A slash in the id may be sent as it is, "
                                                    "encoded, or encoded twice.",
                                     .errors = {404, 503}}});
  table.push_back(
      {.method = Method::get,
       .path = kCard,
       .operation = "getAgentCard",
       .handler = endpoint(this, &CardRoutes::get),
       .documentation = {.tag = tag,
                         .summary = "Get a card",
                         .description = "In whatever state. An agent that was published "
                                        "without a card is shown as one.",
                         .errors = {404, 422, 503}}});
}

void CardRoutes::add_writes(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back({.method = Method::post,
                   .path = kCards,
                   .operation = "createAgentCard",
                   .access = http::Access::user,
                   .scope = http::Scope::agents_write,
                   .limit = "agents.create",
                   .handler = endpoint(this, &CardRoutes::create),
                   .documentation = {.tag = tag,
                                     .summary = "Publish an agent by its card",
                                     .description = "The same agent is then at /api/v1/agents too.",
                                     .success = 201,
                                     .errors = {409}}});
  table.push_back(
      {.method = Method::put,
       .path = kCard,
       .operation = "updateAgentCard",
       .access = http::Access::user,
       .scope = http::Scope::agents_write,
       .handler = endpoint(this, &CardRoutes::update),
       .documentation = {.tag = tag,
                         .summary = "Change a card",
                         .description = "The members in card_data replace the card's own, "
                                        "null removes one; then the whole is checked.",
                         .errors = {404, 409, 412}}});
  table.push_back({.method = Method::delete_,
                   .path = kCard,
                   .operation = "deleteAgentCard",
                   .access = http::Access::user,
                   .scope = http::Scope::agents_write,
                   .handler = endpoint(this, &CardRoutes::remove),
                   .documentation = {.tag = tag,
                                     .summary = "Deactivate a card",
                                     .description = "Once more is no error; PUT with is_active "
                                                    "brings it back.",
                                     .success = 204,
                                     .errors = {404, 409, 412, 422}}});
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/utils/validate-card",
       .operation = "validateAgentCard",
       .limit = "discovery.search",
       .handler = endpoint(this, &CardRoutes::validate),
       .documentation = {.tag = tag,
                         .summary = "Check a card without publishing it",
                         .description = "200 for an invalid card too; is_valid says which."}});
}

boost::asio::awaitable<Viewer> CardRoutes::viewer(const http::Request& request) {
  if (!authenticator_.has_credentials(request)) co_return Viewer{};
  auto known = authenticator_.authenticate_now(request);
  if (!known) {
    auto asking = authenticator_.authenticate(request);
    known = co_await std::move(asking);
  }
  if (!*known || (*known)->kind == http::PrincipalKind::agent) co_return Viewer{};
  const auto& principal = **known;
  const bool by_key = principal.kind == http::PrincipalKind::api_key;
  co_return Viewer{
      .account = UserId{principal.subject},
      .is_admin = principal.is_admin && (!by_key || principal.may(http::Scope::admin))};
}

Task<http::Prepared<CardPage>> CardRoutes::list(const http::Request& request,
                                                http::Query<CardListQuery> query) {
  auto viewing = viewer(request);
  const auto who = co_await std::move(viewing);
  const auto plan = plan_card_list(query.value, who);
  if (!plan) co_return Failure(plan.error());
  if (who.account) {
    co_return http::Prepared<CardPage>{
        {.body = write_card_page(query.value, discovery_.search(*plan))}};
  }
  // Before the search: an answer may be newer than its tag, not older.
  auto etag = list_etag(discovery_.catalog(), request, TagStrength::strong);
  if (auto response = not_modified(request, etag)) {
    co_return http::Prepared<CardPage>{std::move(*response)};
  }
  auto body = write_card_page(query.value, discovery_.search(*plan));
  co_return http::Prepared<CardPage>{
      list_response(request, std::move(body), std::move(etag), std::nullopt)};
}

Task<http::Reply<CardView>> CardRoutes::answer(SharedRecord record) {
  auto rendering = cards_.render(std::move(record));
  auto card = co_await std::move(rendering);
  if (!card) co_return Failure(std::move(card.error()));
  co_return http::Reply<CardView>{.value = std::move(card->view),
                                  .etag = std::move(card->etag),
                                  .cache_control = "public, max-age=0, must-revalidate"};
}

Task<http::Reply<CardView>> CardRoutes::find_readable(std::string_view id) {
  auto record = discovery_.catalog().find_human_readable_id(id);
  if (record == nullptr && id.find('%') != id.npos) {
    // Some clients encode an id that is encoded already.
    const auto decoded = base::percent_decode(id);
    if (decoded && base::is_utf8(*decoded)) {
      record = discovery_.catalog().find_human_readable_id(*decoded);
    }
  }
  if (record == nullptr) {
    co_return base::fail(ErrorCode::not_found, "Agent Card with this humanReadableId not found");
  }
  auto answering = answer(std::move(record));
  co_return co_await std::move(answering);
}

Task<http::Reply<CardView>> CardRoutes::get(const http::Request& request) {
  const auto id = card_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  auto record = discovery_.catalog().find(*id);
  if (record == nullptr) co_return base::fail(ErrorCode::not_found, "Agent Card not found");
  auto answering = answer(std::move(record));
  co_return co_await std::move(answering);
}

Task<http::Reply<CardView>> CardRoutes::get_by_hri(const http::Request&,
                                                   http::Query<CardHriQuery> query) {
  auto finding = find_readable(query.value.hri);
  co_return co_await std::move(finding);
}

Task<http::Reply<CardView>> CardRoutes::get_by_path(const http::Request& request) {
  auto finding = find_readable(request.parameters.values[0]);
  co_return co_await std::move(finding);
}

Task<http::Reply<CardView>> CardRoutes::create(const http::Request& request,
                                               http::Json<CardCreation> body) {
  const auto raw = json::raw_member(request.body, "card_data");
  std::string card = raw ? std::string(*raw) : std::move(body.value.card_data.text);
  auto creating = cards_.create(std::move(card), caller_of(request));
  auto created = co_await std::move(creating);
  if (!created) co_return Failure(std::move(created.error()));
  const auto location = fmt::format("{}/{}", kCards, (*created)->id.to_string());
  auto answering = answer(std::move(*created));
  auto reply = co_await std::move(answering);
  if (!reply) co_return Failure(std::move(reply.error()));
  reply->status = 201;
  reply->cache_control = "no-store";
  reply->headers.push_back({"Location", location});
  co_return std::move(*reply);
}

Task<http::Reply<CardView>> CardRoutes::update(const http::Request& request,
                                               http::Json<CardUpdate> body) {
  const auto id = card_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  CardChange change{.card_data = std::nullopt,
                    .is_active = body.value.is_active,
                    .if_match = std::string(request.header("If-Match"))};
  if (body.value.card_data) {
    const auto raw = json::raw_member(request.body, "card_data");
    change.card_data = raw ? std::string(*raw) : std::move(body.value.card_data->text);
  }
  auto updating = cards_.update(*id, std::move(change), caller_of(request));
  auto updated = co_await std::move(updating);
  if (!updated) co_return Failure(in_words_of_cards(std::move(updated.error()), "update"));
  auto answering = answer(std::move(*updated));
  auto reply = co_await std::move(answering);
  if (reply) reply->cache_control = "no-store";
  co_return reply;
}

Task<http::NoContent> CardRoutes::remove(const http::Request& request) {
  const auto id = card_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  auto removing = cards_.remove(*id, std::string(request.header("If-Match")), caller_of(request));
  auto removed = co_await std::move(removing);
  if (!removed) co_return Failure(in_words_of_cards(std::move(removed.error()), "delete"));
  co_return http::NoContent{};
}

Result<http::Reply<CardVerdict>> CardRoutes::validate(const http::Request&,
                                                      http::Json<CardToValidate> body) {
  const auto card = json::parse(body.value.card_data.text);
  if (!card) return Failure(card.error());
  const auto checked = check_card(*card);
  http::Reply<CardVerdict> reply{.value = {.is_valid = checked.is_valid()}};
  if (checked.is_valid()) {
    reply.value.validated_card_data.value = {json::to_text(json::Value(checked.normalised))};
  } else {
    reply.value.detail.value = describe_faults(checked);
  }
  return reply;
}

}  // namespace sovereign::registry
