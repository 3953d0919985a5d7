#include "registry/discovery/index_fields.hpp"

#include <array>
#include <limits>

#include "json/parse.hpp"

namespace sovereign::registry::index_fields {
namespace {

constexpr std::array<std::string_view, 7> kTextNames = {
    "name", "humanReadableId", "tags", "capabilities", "agent_type", "developer", "description"};

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) {
    text += item;
    text += '\n';
  }
  return text;
}

double number_of(Timestamp time) { return static_cast<double>(time.time_since_epoch().count()); }

double price_of(const Agent& agent) {
  if (!agent.pricing) return kAbsent;
  const auto pricing = json::parse(*agent.pricing);
  if (!pricing || !pricing->is_object()) return kAbsent;
  const auto* price = pricing->get_object().if_contains("base_price");
  return price != nullptr && price->is_number() ? price->to_number<double>() : kAbsent;
}

/// The terms of the card's teeDetails. Few cards have them, so most are not parsed for it.
std::vector<std::string> tee_terms(const Agent& agent) {
  if (!agent.card || agent.card->find("teeDetails") == std::string::npos) return {};
  const auto card = json::parse(*agent.card);
  const auto* type = card ? &*card : nullptr;
  for (const auto* name : {"capabilities", "teeDetails", "type"}) {
    const auto* object = type == nullptr ? nullptr : type->if_object();
    type = object == nullptr ? nullptr : object->if_contains(name);
  }
  if (type == nullptr || !type->is_string()) return {};
  const auto& text = type->get_string();
  return {std::string(kAnyTee), tee_term({text.data(), text.size()})};
}

search::TextField text_field(Text field, float weight, search::TextKind kind, float typical_length,
                             float length_normalisation) {
  return {.name = std::string(name_of_text(field)),
          .weight = weight,
          .length_normalisation = length_normalisation,
          .kind = kind,
          .typical_length = typical_length};
}

}  // namespace

std::string_view name_of_text(std::size_t field) { return kTextNames.at(field); }

std::string tee_term(std::string_view type) { return "=" + std::string(type); }

search::Schema schema() {
  using enum search::TextKind;
  return {.text = {text_field(name, 4.0F, identifier, 3, 0.4F),
                   text_field(human_readable_id, 3.0F, identifier, 3, 0.4F),
                   text_field(tags, 2.5F, identifier, 5, 0.4F),
                   text_field(capabilities, 2.5F, identifier, 5, 0.4F),
                   text_field(agent_type, 1.5F, identifier, 1, 0.0F),
                   text_field(developer, 1.0F, identifier, 1, 0.0F),
                   text_field(description, 1.0F, prose, 30, 0.6F)},
          .keywords = {"capabilities", "tags", "agent_type", "status", "developer", "developer_id",
                       "verified", "humanReadableId", "tee"},
          .numbers = {"created_at", "updated_at", "price", "reputation"}};
}

search::Document document_of(const CatalogAgent& entry, std::shared_ptr<const AgentRecord> record) {
  const auto& [agent, developer] = entry;
  return {
      .key = agent.id.uuid,
      .text = {agent.name, agent.human_readable_id, joined(agent.tags), joined(agent.capabilities),
               agent.agent_type, developer.username, agent.description},
      .keywords = {agent.capabilities,
                   agent.tags,
                   {agent.agent_type},
                   {std::string(json::name_of(agent.status))},
                   {developer.username},
                   {agent.developer_id.to_string()},
                   {agent.verified_at ? "true" : "false"},
                   {agent.human_readable_id},
                   tee_terms(agent)},
      .numbers = {number_of(agent.created_at), number_of(agent.updated_at), price_of(agent),
                  kAbsent},
      .sort_name = agent.name,
      .payload = std::move(record)};
}

}  // namespace sovereign::registry::index_fields
