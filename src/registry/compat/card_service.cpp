#include "registry/compat/card_service.hpp"

#include <fmt/format.h>

#include <utility>

#include "http/etag.hpp"
#include "json/write.hpp"
#include "registry/accounts/service.hpp"
#include "registry/compat/card_check.hpp"
#include "registry/compat/card_mapping.hpp"

namespace sovereign::registry {
namespace {

constexpr int kAttempts = 3;  // A writer that loses so often tells its client.

constexpr std::string_view kCreateOpening =
    "Failed to create agent card: Invalid Agent Card data provided: ";
constexpr std::string_view kUpdateOpening =
    "Failed to update agent card: Invalid merged Agent Card data provided for update: ";

Failure not_found() { return base::fail(ErrorCode::not_found, "Agent Card not found"); }

Failure changed_meanwhile() {
  return base::fail(ErrorCode::conflict, "The agent was changed by someone else; try again.");
}

std::string text_of(const json::Object& object, std::string_view name) {
  const auto& text = object.at(name).as_string();
  return {text.data(), text.size()};
}

Timestamp time_of(const json::Object& object, std::string_view name) {
  return base::parse_rfc3339(text_of(object, name)).value();
}

/// A card also shows whether its publisher is verified, which is no change of the agent.
std::string etag_of(const AgentRecord& record, bool is_verified) {
  auto etag = record.etag;
  etag.pop_back();
  return fmt::format("{}-{}\"", etag, is_verified ? 1 : 0);
}

/// The members of the agent that `change` asks for, as a patch; empty when there are none.
Result<std::string> patch_of(const CatalogAgent& entry, const AgentRecord& record,
                             const CardChange& change) {
  std::string patch = "{}";
  if (change.card_data) {
    const auto document = json::parse(record.json);
    if (!document) return Failure(document.error());
    const auto merged = merged_card(entry.agent, card_of(*document), *change.card_data);
    const auto card = json::parse(merged);
    if (!card) return Failure(card.error());
    const auto checked = check_card(*card);
    if (!checked.is_valid()) return card_failure(checked, kUpdateOpening, "/card_data");
    patch = agent_patch(entry.agent, checked.normalised, merged, *change.card_data);
  }
  const bool is_active = entry.agent.status == AgentStatus::active;
  if (change.is_active && *change.is_active != is_active) {
    patch.pop_back();
    if (patch.size() > 1) patch += ',';
    patch += fmt::format(R"("status":"{}"}})", *change.is_active ? "active" : "inactive");
  }
  return patch == "{}" ? std::string() : patch;
}

}  // namespace

Result<AgentRegistration> read_card(std::string_view card, std::string_view opening) {
  const auto document = json::parse(card);
  if (!document) return Failure(document.error());
  const auto checked = check_card(*document);
  if (!checked.is_valid()) return card_failure(checked, opening, "/card_data");
  auto registration = registration_of_card(checked.normalised, card);
  if (!registration) registration.error().detail.insert(0, opening);
  return registration;
}

Task<SharedRecord> CardService::create(std::string card, Caller caller) {
  auto registration = read_card(card, kCreateOpening);
  if (!registration) co_return Failure(std::move(registration.error()));
  auto creating = parts_.agents.create(std::move(*registration), std::move(caller));
  auto created = co_await std::move(creating);
  if (!created) co_return Failure(point_at_card(std::move(created.error())));
  co_return std::move(*created);
}

Task<SharedRecord> CardService::update(AgentId id, CardChange change, Caller caller) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    auto trying = try_update(id, change, caller);
    auto record = co_await std::move(trying);
    if (!record) co_return Failure(std::move(record.error()));
    if (*record) co_return std::move(**record);
  }
  co_return changed_meanwhile();
}

Task<std::optional<SharedRecord>> CardService::try_update(AgentId id, const CardChange& change,
                                                          const Caller& caller) {
  auto finding = store_.find(id);
  auto found = co_await std::move(finding);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return not_found();
  const CatalogAgent& entry = **found;
  if (entry.agent.developer_id != caller.user && !caller.is_admin) {
    co_return base::fail(ErrorCode::forbidden, "Not authorized to update this agent card");
  }
  auto record = std::make_shared<const AgentRecord>(
      make_record(entry.agent, entry.developer, parts_.catalog.registry_url()));
  auto checking = check_state(change.if_match, *record);
  if (const auto checked = co_await std::move(checking); !checked) {
    co_return Failure(checked.error());
  }
  auto patch = patch_of(entry, *record, change);
  if (!patch) co_return Failure(std::move(patch.error()));
  if (patch->empty()) co_return std::move(record);
  // What was merged is this very version, so no other may be replaced.
  auto updating = parts_.agents.update(id, std::move(*patch), record->etag, caller);
  auto updated = co_await std::move(updating);
  if (updated) co_return std::move(*updated);
  if (updated.error().code == ErrorCode::precondition_failed) co_return std::nullopt;
  co_return Failure(point_at_card(std::move(updated.error())));
}

Task<void> CardService::check_state(std::string_view if_match, const AgentRecord& record) {
  if (if_match.empty()) co_return Result<void>();
  auto asking = is_verified(record.developer_id);
  const auto verified = co_await std::move(asking);
  if (!verified) co_return Failure(verified.error());
  if (!http::names_etag(if_match, etag_of(record, *verified), http::TagComparison::strong)) {
    co_return base::fail(ErrorCode::precondition_failed,
                         "The card has changed since the version that If-Match names.");
  }
  co_return Result<void>();
}

Task<SharedRecord> CardService::remove(AgentId id, std::string if_match, Caller caller) {
  std::string state;
  if (const auto record = parts_.catalog.find(id); record && !if_match.empty()) {
    auto checking = check_state(if_match, *record);
    if (const auto checked = co_await std::move(checking); !checked) {
      co_return Failure(checked.error());
    }
    state = record->etag;
  }
  auto removing = parts_.agents.remove(id, std::move(state), std::move(caller));
  co_return co_await std::move(removing);
}

Task<bool> CardService::is_verified(UserId publisher) {
  auto asking = parts_.accounts.state(publisher);
  const auto state = co_await std::move(asking);
  if (state) co_return state->is_verified;
  if (state.error().code == ErrorCode::not_found) co_return false;
  co_return Failure(state.error());
}

Task<RenderedCard> CardService::render(SharedRecord record) {
  auto numbering = parts_.aliases.of(record->developer_id.uuid);
  const auto number = co_await std::move(numbering);
  if (!number) co_return Failure(number.error());
  auto asking = is_verified(record->developer_id);
  const auto verified = co_await std::move(asking);
  if (!verified) co_return Failure(verified.error());
  const auto document = json::parse(record->json);
  if (!document) co_return Failure(document.error());
  const auto& agent = document->as_object();
  RenderedCard card{.etag = etag_of(*record, *verified)};
  card.view = {.id = record->id,
               .developer_id = *number,
               .developer_is_verified = *verified,
               .card_data = {json::to_text(json::Value(card_of(*document)))},
               .name = text_of(agent, "name"),
               .description = text_of(agent, "description"),
               .is_active = record->status == AgentStatus::active,
               .created_at = time_of(agent, "created_at"),
               .updated_at = time_of(agent, "updated_at"),
               .did = did_of(record->id),
               .human_readable_id = record->human_readable_id};
  co_return card;
}

}  // namespace sovereign::registry
