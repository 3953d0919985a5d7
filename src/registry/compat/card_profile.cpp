#include "registry/compat/card_profile.hpp"

namespace sovereign::registry {
namespace {

using enum CardKind;
using enum CardPresence;

constexpr CardMember kProviderMembers[] = {
    {"name", text, required},
    {"url", web_url},
    {"support_contact", text},
};
constexpr CardModel kProvider{"AgentProvider", kProviderMembers};

constexpr CardMember kTeeMembers[] = {
    {"type", text, required},
    {"attestationEndpoint", web_url},
    {"publicKey", text},
    {"description", text},
};
constexpr CardModel kTee{"TeeDetails", kTeeMembers};

constexpr CardMember kCapabilityMembers[] = {
    {"a2aVersion", text, required},      {"mcpVersion", text},
    {"supportedMessageParts", texts},    {"teeDetails", model, optional, &kTee},
    {"supportsPushNotifications", flag},
};
constexpr CardModel kCapabilities{"AgentCapabilities", kCapabilityMembers};

constexpr CardMember kAuthMembers[] = {
    {"scheme", scheme, required}, {"description", text}, {"tokenUrl", web_url}, {"scopes", texts},
    {"service_identifier", text},
};
constexpr CardModel kAuthScheme{"AgentAuthentication", kAuthMembers};

constexpr CardMember kSkillMembers[] = {
    {"id", text, required},   {"name", text, required},  {"description", text, required},
    {"input_schema", object}, {"output_schema", object},
};
constexpr CardModel kSkill{"AgentSkill", kSkillMembers};

constexpr CardMember kCardMembers[] = {
    {"schemaVersion", text, required},
    {"humanReadableId", text, required},
    {"agentVersion", text, required},
    {"name", text, required},
    {"description", text, required},
    {"url", agent_url, required},
    {"provider", model, required, &kProvider},
    {"capabilities", model, required, &kCapabilities},
    {"authSchemes", models, required, &kAuthScheme, 1},
    {"skills", models, optional, &kSkill},
    {"tags", texts},
    {"privacyPolicyUrl", web_url},
    {"termsOfServiceUrl", web_url},
    {"iconUrl", web_url},
    {"lastUpdated", text},
};

}  // namespace

constexpr CardModel kAgentCardModel{"AgentCard", kCardMembers};

}  // namespace sovereign::registry
