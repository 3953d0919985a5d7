#include "registry/compat/card_mapping.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "json/write.hpp"
#include "registry/agents/field_rules.hpp"
#include "registry/compat/card_check.hpp"
#include "registry/compat/card_profile.hpp"
#include "registry/compat/web_url.hpp"

namespace sovereign::registry {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::size_t kMaxCapabilities = 100;      // As a registration may have.
constexpr std::size_t kMaxCapabilityLength = 100;  // Bytes; code points are what counts there.

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

std::string_view text_of(const Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : view(*text);
}

const Array& list_of(const Object& object, std::string_view name) {
  static const Array none;
  const auto* value = object.if_contains(name);
  const auto* list = value == nullptr ? nullptr : value->if_array();
  return list == nullptr ? none : *list;
}

/// The URL in the form that cards have it; as it is when it has none.
std::string normalised_url(std::string_view text) {
  const auto url = parse_web_url(text);
  return url && url->is_http() ? url->to_string() : std::string(text);
}

std::string page_of(const Object& agent) {
  return std::string(text_of(agent, "registry_url")) + "/api/v1/agents/" +
         std::string(text_of(agent, "id"));
}

Value skills_of(const Object& agent) {
  Array skills;
  for (const auto& capability : list_of(agent, "capabilities")) {
    skills.push_back(Object{{"id", capability},
                            {"name", capability},
                            {"description", capability},
                            {"input_schema", nullptr},
                            {"output_schema", nullptr}});
  }
  if (skills.empty()) return nullptr;
  return skills;
}

std::string_view version_of(const Object& agent) {
  const auto* metadata = agent.if_contains("metadata");
  if (metadata == nullptr || !metadata->is_object()) return "1.0.0";
  const auto version = text_of(metadata->get_object(), "version");
  return version.empty() ? "1.0.0" : version;
}

/// The card of an agent that has none.
Object made_card(const Object& agent) {
  const auto& endpoints = list_of(agent, "api_endpoints");
  const auto& tags = list_of(agent, "tags");
  return {{"schemaVersion", "1.0"},
          {"humanReadableId", text_of(agent, "humanReadableId")},
          {"agentVersion", version_of(agent)},
          {"name", text_of(agent, "name")},
          {"description", text_of(agent, "description")},
          {"url", endpoints.empty() ? page_of(agent)
                                    : normalised_url(view(endpoints.front().as_string()))},
          {"provider", Object{{"name", text_of(agent, "developer")},
                              {"url", nullptr},
                              {"support_contact", nullptr}}},
          {"capabilities", Object{{"a2aVersion", "1.0"},
                                  {"mcpVersion", nullptr},
                                  {"supportedMessageParts", nullptr},
                                  {"teeDetails", nullptr},
                                  {"supportsPushNotifications", nullptr}}},
          {"authSchemes", Array{Object{{"scheme", "none"},
                                       {"description", nullptr},
                                       {"tokenUrl", nullptr},
                                       {"scopes", nullptr},
                                       {"service_identifier", nullptr}}}},
          {"skills", skills_of(agent)},
          {"tags", tags.empty() ? Value(nullptr) : Value(tags)},
          {"privacyPolicyUrl", nullptr},
          {"termsOfServiceUrl", nullptr},
          {"iconUrl", nullptr},
          {"lastUpdated", text_of(agent, "updated_at")}};
}

std::vector<std::string_view> distinct(const Array& list) {
  std::vector<std::string_view> items;
  for (const auto& item : list) {
    if (std::ranges::find(items, view(item.as_string())) == items.end()) {
      items.push_back(view(item.as_string()));
    }
  }
  return items;
}

bool is_endpoint(const Object& agent, std::string_view url) {
  return std::ranges::any_of(list_of(agent, "api_endpoints"), [&](const Value& endpoint) {
    return normalised_url(view(endpoint.as_string())) == url;
  });
}

/// Whether the card's member still says what the agent says; what only cards have always does.
bool is_current(const Object& agent, std::string_view name, const Value& value) {
  if (name == "name" || name == "description" || name == "humanReadableId") {
    return value.is_string() && view(value.get_string()) == text_of(agent, name);
  }
  if (name == "url") {
    return list_of(agent, "api_endpoints").empty() || is_endpoint(agent, view(value.as_string()));
  }
  if (name == "tags") {
    static const Array none;
    const auto& tags = value.is_array() ? value.get_array() : none;
    return distinct(tags) == distinct(list_of(agent, "tags"));
  }
  return true;
}

Array capabilities_of(const Object& card) {
  Array capabilities;
  std::set<std::string_view> seen;
  for (const auto& skill : list_of(card, "skills")) {
    const auto id = text_of(skill.as_object(), "id");
    const bool fits = id.size() <= kMaxCapabilityLength && is_plain_text(id);
    if (fits && capabilities.size() < kMaxCapabilities && seen.insert(id).second) {
      capabilities.emplace_back(id);
    }
  }
  return capabilities;
}

/// Endpoints are stricter than cards (no user names, no fragments): what cannot be one stays in the
/// card only.
Array endpoints_of(const Object& card, const std::vector<std::string>& present) {
  Array endpoints;
  const auto url = text_of(card, "url");
  if (is_http_url(url)) endpoints.emplace_back(url);
  for (std::size_t i = 1; i < present.size(); ++i) endpoints.emplace_back(present[i]);
  return endpoints;
}

Value tags_of(const Object& card) { return list_of(card, "tags"); }

/// `object`, with `verbatim` as its member card.
std::string with_card(const Object& object, std::string_view verbatim) {
  std::string text;
  json::write(text, Value(object));
  text.pop_back();
  if (text.size() > 1) text += ',';
  text += "\"card\":";
  text += verbatim;
  return text + '}';
}

void append_member(std::string& out, std::string_view quoted_name, std::string_view value) {
  out += out.size() > 1 ? ",\"" : "\"";
  out += quoted_name;
  out += "\":";
  out += value;
}

}  // namespace

Object card_of(const Value& document) {
  const auto& agent = document.as_object();
  Object card = made_card(agent);
  const auto* own = agent.if_contains("card");
  if (own == nullptr) return card;
  const auto valid = valid_members(*own);
  for (const auto& member : kAgentCardModel.members) {
    const auto* value = valid.if_contains(member.name);
    if (value != nullptr && is_current(agent, member.name, *value)) {
      card[member.name] = *value;
    } else if (value == nullptr && member.presence == CardPresence::optional &&
               member.name != "tags" && member.name != "skills") {
      card[member.name] = nullptr;  // Its card says nothing of it, so neither do we.
    }
  }
  return card;
}

Result<AgentRegistration> registration_of_card(const Object& card, std::string_view verbatim) {
  const Object registration{{"name", card.at("name")},
                            {"agent_type", "a2a"},
                            {"description", card.at("description")},
                            {"humanReadableId", card.at("humanReadableId")},
                            {"api_endpoints", endpoints_of(card, {})},
                            {"tags", tags_of(card)},
                            {"capabilities", capabilities_of(card)}};
  auto read = read_registration(with_card(registration, verbatim));
  if (!read) return Failure(point_at_card(std::move(read.error())));
  return read;
}

std::string metadata_with_key(std::string_view public_key_jwk) {
  return "{\"public_key_jwk\":" + std::string(public_key_jwk) + "}";
}

std::string merged_card(const Agent& agent, const Object& seen, std::string_view patch) {
  const std::string stored = agent.card.value_or("{}");
  const auto parsed = json::parse(stored);
  const auto valid = parsed ? valid_members(*parsed) : Object();
  std::string merged = "{";
  for (json::RawMembers members(stored); auto member = members.next();) {
    if (json::raw_member(patch, member->name)) continue;
    const auto* now = seen.if_contains(member->name);
    const auto* own = valid.if_contains(member->name);
    if (now == nullptr || (own != nullptr && *own == *now)) {
      append_member(merged, member->name, member->value);
    }
  }
  for (const auto& member : kAgentCardModel.members) {
    const auto* own = valid.if_contains(member.name);
    const auto& now = seen.at(member.name);
    const bool is_kept = own != nullptr && *own == now;
    if (!is_kept && !now.is_null() && !json::raw_member(patch, member.name)) {
      append_member(merged, member.name, json::to_text(now));
    }
  }
  for (json::RawMembers members(patch); auto member = members.next();) {
    append_member(merged, member->name, member->value);
  }
  return merged + '}';
}

std::string agent_patch(const Agent& agent, const Object& card, std::string_view merged,
                        std::string_view patch) {
  Object changed;
  for (const auto* name : {"name", "description", "humanReadableId"}) {
    if (json::raw_member(patch, name)) changed[name] = card.at(name);
  }
  if (json::raw_member(patch, "url")) {
    changed["api_endpoints"] = endpoints_of(card, agent.api_endpoints);
  }
  if (json::raw_member(patch, "tags")) changed["tags"] = tags_of(card);
  if (json::raw_member(patch, "skills")) changed["capabilities"] = capabilities_of(card);
  return with_card(changed, merged);
}

Error point_at_card(Error error) {
  for (auto& field : error.fields) {
    if (field.pointer == "/card") {
      field.pointer = "/card_data";
    } else if (field.pointer.starts_with("/card/")) {
      field.pointer.replace(0, 5, "/card_data");
    } else {
      field.pointer.insert(0, "/card_data");
    }
  }
  return error;
}

}  // namespace sovereign::registry
