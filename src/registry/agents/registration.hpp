// What a publisher says about an agent: the body of POST and PUT /agents, of onboarding, and a line
// of an import. Unknown members are ignored; pricing, metadata and card are kept as written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/parse.hpp"
#include "json/table.hpp"
#include "registry/agents/field_rules.hpp"
#include "registry/agents/types.hpp"

namespace sovereign::registry {

namespace limits {
inline constexpr std::size_t kAgentPricing = 4UL << 10;    ///< Bytes: a price list, not a document.
inline constexpr std::size_t kAgentMetadata = 64UL << 10;  ///< Bytes.
inline constexpr std::size_t kAgentCard = 256UL << 10;  ///< Bytes: a hundred skills with examples.
}  // namespace limits

struct AgentRegistration {
  std::string name;        ///< Left out: the card's.
  std::string agent_type;  ///< Left out: "a2a" when there is a card.
  std::optional<AgentStatus> status;
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> api_endpoints;
  std::optional<std::vector<std::string>> capabilities;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> human_readable_id;  ///< Left out: made from the name.
  std::optional<json::Raw> pricing;
  std::optional<std::string> teg_wallet_address;
  std::optional<json::Raw> metadata;
  std::optional<json::Raw> card;
};

/// Ends the reading of a registration that its field table has accepted. `body` is the JSON object
/// it was read from: pricing, metadata and card become its exact bytes. What is left out is taken
/// from the card, repeated items are dropped. Error: `unprocessable`, for what no single field
/// shows (a name nowhere, a negative base price, a card's values out of bounds).
Result<AgentRegistration> complete(AgentRegistration registration, std::string_view body);

/// Reads one JSON object, as a line of an import; its own members only.
Result<AgentRegistration> read_registration(std::string_view body);
/// The same when `body` is parsed already.
Result<AgentRegistration> read_registration(json::Value document, std::string_view body);

/// `stored` with the members of `patch` (a JSON object) replaced, and those that are null removed;
/// then as read_registration. What `patch` does not name stays byte for byte.
Result<AgentRegistration> merge_registration(const Agent& stored, std::string_view patch);

/// The registration that makes `agent` again, as one line of JSON without newline.
std::string registration_line(const Agent& agent);

/// A readable id for an agent without one: its name in lower case and the start of its id.
std::string derived_human_readable_id(std::string_view name, AgentId id);

/// Puts what `registration` says into `agent` (all but id, owner, version and times), with defaults
/// for what it leaves out. A status left out stays.
void assign(Agent& agent, AgentRegistration registration);

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::AgentRegistration> {
  using T = sovereign::registry::AgentRegistration;
  static constexpr std::string_view name = "AgentRegistration";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name,
            {.description = "What people call the agent. May be left out when the card has one.",
             .example = R"("My AI Assistant")",
             .optional = true,
             .min_length = 1,
             .max_length = 255,
             .rule = &registry::kPlainText}),
      field("agent_type", &T::agent_type,
            {.description = "assistant, service, tool ... May be left out with a card: a2a.",
             .example = R"("assistant")",
             .optional = true,
             .min_length = 1,
             .max_length = 100,
             .rule = &registry::kPlainText}),
      field("status", &T::status,
            {.description = "active when left out; suspended is for administrators.",
             .example = R"("active")"}),
      field("description", &T::description,
            {.description = "What the agent does, in a few sentences.",
             .example = R"("A helpful AI assistant for various tasks")",
             .max_length = 8192}),
      field("api_endpoints", &T::api_endpoints,
            {.description = "Where the agent is called, the main one first.",
             .example = R"(["https://api.myagent.com/v1"])",
             .max_length = registry::kMaxUrl,
             .max_items = 20,
             .rule = &registry::kHttpUrl}),
      field("capabilities", &T::capabilities,
            {.description = "What the agent can do, in short words.",
             .example = R"(["nlp","code-generation","data-analysis"])",
             .min_length = 1,
             .max_length = 100,
             .rule = &registry::kPlainText}),
      field("tags", &T::tags,
            {.description = "Words to find it by.",
             .example = R"(["assistant","english"])",
             .min_length = 1,
             .max_length = 100,
             .rule = &registry::kPlainText}),
      field("humanReadableId", &T::human_readable_id,
            {.description = "Unique without regard to case. Left out: made from the name.",
             .example = R"("my-ai-assistant")",
             .min_length = 1,
             .max_length = 255,
             .rule = &registry::kHumanReadableId}),
      field("pricing", &T::pricing,
            {.description = "Any price list; base_price, when given, is a number from 0.",
             .example = R"({"model":"usage-based","base_price":0.01,"currency":"AVT"})",
             .max_bytes = registry::limits::kAgentPricing}),
      field("teg_wallet_address", &T::teg_wallet_address,
            {.description = "Where the agent is paid.",
             .example = R"("avt1qexample")",
             .max_length = 255,
             .rule = &registry::kPlainText}),
      field("metadata", &T::metadata,
            {.description = "Anything else, kept as given.",
             .example = R"({"version":"1.0.0","documentation":"https://docs.myagent.com"})",
             .max_bytes = registry::limits::kAgentMetadata}),
      field("card", &T::card,
            {.description = "The A2A agent card, kept byte for byte.",
             .example = R"({"name":"My AI Assistant","url":"https://api.myagent.com/a2a"})",
             .max_bytes = registry::limits::kAgentCard}),
  };
};
