#include "registry/agents/registration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "json/canonical.hpp"
#include "json/read.hpp"
#include "json/write.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kSlugLength = 200;  // Leaves room for the suffix within 255.

using json::Object;
using json::Value;

/// Replaces the re-printed text of a member by its bytes in `body`.
void keep_bytes(std::optional<json::Raw>& member, std::string_view body, std::string_view name) {
  if (!member) return;
  if (const auto raw = json::raw_member(body, name)) member->text = std::string(*raw);
}

void check_size(json::Reader& reader, const std::optional<json::Raw>& member, std::string_view name,
                std::size_t limit) {
  if (!member || member->text.size() <= limit) return;
  reader.enter(name);
  reader.problem("too_long", fmt::format("This must have at most {} bytes as JSON.", limit));
  reader.leave();
}

void drop_repeated(std::optional<std::vector<std::string>>& list) {
  if (!list) return;
  std::unordered_set<std::string> seen;
  std::erase_if(*list, [&](const std::string& item) { return !seen.insert(item).second; });
}

void check_pricing(json::Reader& reader, const json::Raw& pricing) {
  const auto value = json::parse(pricing.text);
  if (!value || !value->is_object()) return;
  const Value* price = value->get_object().if_contains("base_price");
  if (price == nullptr || (price->is_number() && price->to_number<double>() >= 0)) return;
  reader.enter("pricing");
  reader.enter("base_price");
  reader.problem("type", "This must be a number from 0.");
  reader.leave();
  reader.leave();
}

/// A field's options, by its name in the table.
json::FieldOptions options_of(std::string_view name) {
  json::FieldOptions options;
  json::for_each_field<AgentRegistration>([&](const auto& field) {
    if (field.name == name) options = field.options;
  });
  return options;
}

/// Takes `name` from the card's member of `source` name, under the same bounds. Types that do not
/// fit are not ours to judge: A2A cards are open.
template <typename T>
void take(json::Reader& reader, const Object& card, std::string_view source, std::string_view name,
          T& out) {
  const Value* value = card.if_contains(source);
  if (value == nullptr || value->is_null()) return;
  reader.enter("card");
  reader.enter(source);
  json::read_into(reader, *value, options_of(name), out);
  reader.leave();
  reader.leave();
}

void take_url(json::Reader& reader, const Object& card, AgentRegistration& registration) {
  const Value* url = card.if_contains("url");
  if (url == nullptr || !url->is_string()) return;
  std::string endpoint;
  take(reader, card, "url", "api_endpoints", endpoint);
  if (!endpoint.empty()) registration.api_endpoints = {std::move(endpoint)};
}

void fill_from_card(json::Reader& reader, AgentRegistration& registration) {
  const auto value = json::parse(registration.card->text);
  if (!value || !value->is_object()) return;
  const Object& card = value->get_object();
  if (registration.name.empty()) take(reader, card, "name", "name", registration.name);
  if (!registration.description) {
    take(reader, card, "description", "description", registration.description);
  }
  if (!registration.tags) take(reader, card, "tags", "tags", registration.tags);
  if (!registration.api_endpoints) take_url(reader, card, registration);
  if (registration.agent_type.empty()) registration.agent_type = "a2a";
}

void require(json::Reader& reader, std::string_view name, const std::string& value) {
  if (!value.empty() || !reader.errors().empty()) return;
  reader.enter(name);
  reader.problem("required", "This member is required.");
  reader.leave();
}

std::optional<json::Raw> as_raw(const std::optional<std::string>& text) {
  return text ? std::optional(json::Raw{*text}) : std::nullopt;
}

AgentRegistration registration_of(const Agent& agent) {
  return {.name = agent.name,
          .agent_type = agent.agent_type,
          .status = std::nullopt,
          .description = agent.description,
          .api_endpoints = agent.api_endpoints,
          .capabilities = agent.capabilities,
          .tags = agent.tags,
          .human_readable_id = agent.human_readable_id,
          .pricing = as_raw(agent.pricing),
          .teg_wallet_address = agent.teg_wallet_address,
          .metadata = json::Raw{agent.metadata},
          .card = as_raw(agent.card)};
}

/// Nulls mean "not given" everywhere.
void drop_nulls(Value& document) {
  auto* object = document.if_object();
  if (object == nullptr) return;
  for (auto it = object->begin(); it != object->end();) {
    it = it->value().is_null() ? object->erase(it) : it + 1;
  }
}

}  // namespace

Result<AgentRegistration> complete(AgentRegistration registration, std::string_view body) {
  keep_bytes(registration.pricing, body, "pricing");
  keep_bytes(registration.metadata, body, "metadata");
  keep_bytes(registration.card, body, "card");
  json::Reader reader;
  check_size(reader, registration.pricing, "pricing", limits::kAgentPricing);
  check_size(reader, registration.metadata, "metadata", limits::kAgentMetadata);
  check_size(reader, registration.card, "card", limits::kAgentCard);
  if (registration.pricing) check_pricing(reader, *registration.pricing);
  if (registration.card) fill_from_card(reader, registration);
  require(reader, "name", registration.name);
  require(reader, "agent_type", registration.agent_type);
  if (!reader.errors().empty()) return json::to_failure(reader);
  drop_repeated(registration.api_endpoints);
  drop_repeated(registration.capabilities);
  drop_repeated(registration.tags);
  return registration;
}

Result<AgentRegistration> read_registration(std::string_view body) {
  auto document = json::parse(body);
  if (!document) return Failure(std::move(document.error()));
  return read_registration(std::move(*document), body);
}

Result<AgentRegistration> read_registration(Value document, std::string_view body) {
  drop_nulls(document);
  auto registration = json::read<AgentRegistration>(document);
  if (!registration) return registration;
  return complete(std::move(*registration), body);
}

Result<AgentRegistration> merge_registration(const Agent& stored, std::string_view patch) {
  auto changes = json::parse(patch);
  if (!changes) return Failure(std::move(changes.error()));
  if (!changes->is_object()) return base::fail_field("", "type", "This must be an object.");
  const std::string before = json::to_text(registration_of(stored));
  auto document = json::parse(before);
  if (!document) return Failure(std::move(document.error()));
  for (auto& member : changes->get_object()) {
    document->get_object()[member.key()] = member.value();
  }
  drop_nulls(*document);
  auto registration = json::read<AgentRegistration>(*document);
  if (!registration) return registration;
  keep_bytes(registration->pricing, before, "pricing");
  keep_bytes(registration->metadata, before, "metadata");
  keep_bytes(registration->card, before, "card");
  return complete(std::move(*registration), patch);
}

std::string registration_line(const Agent& agent) {
  auto registration = registration_of(agent);
  registration.status = agent.status;
  std::string line = json::to_text(registration);
  // Only space between tokens can hold these: in strings they are escaped.
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\r', ' ');
  return line;
}

std::string derived_human_readable_id(std::string_view name, AgentId id) {
  std::string slug;
  for (const char c : base::to_lower_ascii(name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
    if (slug.size() == kSlugLength) break;
  }
  if (slug.empty()) slug = "agent-";
  if (slug.back() != '-') slug += '-';
  return slug + id.to_string().substr(0, 8);
}

void assign(Agent& agent, AgentRegistration registration) {
  agent.name = std::move(registration.name);
  agent.agent_type = std::move(registration.agent_type);
  agent.status = registration.status.value_or(agent.status);
  agent.description = std::move(registration.description).value_or(std::string());
  agent.api_endpoints = std::move(registration.api_endpoints).value_or(std::vector<std::string>());
  agent.capabilities = std::move(registration.capabilities).value_or(std::vector<std::string>());
  agent.tags = std::move(registration.tags).value_or(std::vector<std::string>());
  agent.human_readable_id = registration.human_readable_id
                                ? std::move(*registration.human_readable_id)
                                : derived_human_readable_id(agent.name, agent.id);
  agent.pricing.reset();
  if (registration.pricing) agent.pricing = std::move(registration.pricing->text);
  agent.teg_wallet_address = std::move(registration.teg_wallet_address);
  agent.metadata = registration.metadata ? std::move(registration.metadata->text) : "{}";
  agent.card_digest.reset();
  agent.card.reset();
  if (!registration.card) return;
  agent.card = std::move(registration.card->text);
  const auto card = json::parse(*agent.card);
  agent.card_digest = "sha256:" + base::to_hex(crypto::sha256(json::canonical(card.value())));
}

}  // namespace sovereign::registry
