// Bootstrap tokens, the registration of an agent with one, and what such an agent signs in with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/parse.hpp"
#include "json/table.hpp"
#include "registry/agents/registration.hpp"
#include "registry/agents/view.hpp"

namespace sovereign::registry {

/// What a token is at some moment; the first that holds, in this order.
enum class BootstrapTokenStatus : std::uint8_t { consumed, revoked, expired, active };

/// Body of request-token.
struct BootstrapTokenRequest {
  std::optional<std::string> agent_type_hint;
  std::optional<std::string> requested_by;
  std::optional<std::string> description;  ///< Of older clients; not kept.
  std::optional<json::Raw> metadata;
  std::optional<std::int64_t> expires_in;  ///< Seconds; the registry's default when left out.
};

/// The one answer that holds the token.
struct IssuedBootstrapToken {
  std::string token;
  std::string bootstrap_token;  ///< The same.
  BootstrapTokenId token_id;
  std::int64_t expires_in = 0;  ///< Seconds.
  Timestamp expires_at{};
  Timestamp created_at{};
};

/// A token as its creator sees it later.
struct BootstrapToken {
  BootstrapTokenId token_id;
  BootstrapTokenStatus status = BootstrapTokenStatus::active;
  std::optional<std::string> agent_type_hint;
  std::optional<std::string> requested_by;
  json::Raw metadata{"{}"};
  Timestamp created_at{};
  Timestamp expires_at{};
  std::optional<Timestamp> consumed_at;
  std::optional<AgentId> consumed_by_agent_id;
  std::optional<Timestamp> revoked_at;
};

struct BootstrapTokenQuery {
  std::optional<BootstrapTokenStatus> status;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
};

struct TokenPagination {
  std::int64_t total = 0;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
  std::int64_t pages = 0;
};

struct BootstrapTokenPage {
  std::vector<BootstrapToken> tokens;
  TokenPagination pagination;
};

/// Body of register: a registration and the token, unless the header has it.
struct OnboardingRequest : AgentRegistration {
  std::optional<std::string> token;
  /// Of older clients, which send these and may leave the registration out.
  std::optional<std::string> agent_did_method;
  std::optional<json::Raw> public_key_jwk;
};

/// What an onboarded agent signs in with; the secret is shown once.
struct AgentCredential {
  std::string client_id;  ///< "agent-" and 16 hex digits.
  std::string client_secret;
};

struct OnboardingLinks {
  std::string self;       ///< The agent.
  std::string did;        ///< Its DID document.
  std::string token;      ///< Where the credential becomes an access token.
  std::string me;         ///< The agent, for itself.
  std::string heartbeat;  ///< Where it shows that it lives.
};

/// The answer of register: the agent's own members and these.
struct OnboardedAgent : AgentView {
  std::string agent_did;
  std::string client_id;
  std::string client_secret;
  OnboardingLinks links;
  /// For those who sent agent_did_method.
  std::optional<std::string> account_status;
  std::optional<std::string> initial_funding_status;
  std::optional<json::Value> faucet_transaction_id;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::BootstrapTokenStatus> {
  using enum sovereign::registry::BootstrapTokenStatus;
  static constexpr std::array values = {EnumName{active, "active"}, EnumName{consumed, "consumed"},
                                        EnumName{expired, "expired"}, EnumName{revoked, "revoked"}};
};

namespace sovereign::registry::detail {

/// The fields of a base type's table as fields of a type derived from it.
template <typename Derived, typename Base>
constexpr auto inherited_fields() {
  constexpr auto inherit = []<typename M>(const json::Field<Base, M>& field) {
    return json::Field<Derived, M>{field.name, field.member, field.options};
  };
  return std::apply([&](const auto&... fields) { return std::tuple{inherit(fields)...}; },
                    json::Table<Base>::fields);
}

}  // namespace sovereign::registry::detail

template <>
struct sovereign::json::Table<sovereign::registry::BootstrapTokenRequest> {
  using T = sovereign::registry::BootstrapTokenRequest;
  static constexpr std::string_view name = "BootstrapTokenRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("agent_type_hint", &T::agent_type_hint,
            {.description = "What the token is meant for. A note: registering another type works.",
             .example = R"("assistant")",
             .min_length = 1,
             .max_length = 100,
             .rule = &registry::kPlainText}),
      field("requested_by", &T::requested_by,
            {.description = "Who or what will use the token.",
             .example = R"("deploy pipeline")",
             .min_length = 1,
             .max_length = 255,
             .rule = &registry::kPlainText}),
      field("description", &T::description,
            {.description = "Of older clients; not kept.", .max_length = 1000}),
      field("metadata", &T::metadata,
            {.description = "Kept with the token, for its creator.",
             .example = R"({"environment":"staging"})",
             .max_bytes = 4096}),
      field("expires_in", &T::expires_in,
            {.description = "Seconds; when left out the registry's default, which is 300.",
             .example = "300",
             .optional = true,
             .minimum = 30,
             .maximum = 3600}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::IssuedBootstrapToken> {
  using T = sovereign::registry::IssuedBootstrapToken;
  static constexpr std::string_view name = "IssuedBootstrapToken";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("token", &T::token,
            {.description = "BST_ and 32 letters and digits. Shown this once."}),
      field("bootstrap_token", &T::bootstrap_token, {.description = "The same."}),
      field("token_id", &T::token_id, {.description = "Names the token in lists; not secret."}),
      field("expires_in", &T::expires_in, {.description = "Seconds.", .example = "300"}),
      field("expires_at", &T::expires_at),
      field("created_at", &T::created_at),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::BootstrapToken> {
  using T = sovereign::registry::BootstrapToken;
  static constexpr std::string_view name = "BootstrapToken";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("token_id", &T::token_id),
      field("status", &T::status),
      field("agent_type_hint", &T::agent_type_hint),
      field("requested_by", &T::requested_by),
      field("metadata", &T::metadata),
      field("created_at", &T::created_at),
      field("expires_at", &T::expires_at),
      field("consumed_at", &T::consumed_at),
      field("consumed_by_agent_id", &T::consumed_by_agent_id,
            {.description = "The agent that registered with it."}),
      field("revoked_at", &T::revoked_at),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::BootstrapTokenQuery> {
  using T = sovereign::registry::BootstrapTokenQuery;
  static constexpr std::string_view name = "BootstrapTokenQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status, {.description = "Only tokens that are so now."}),
      field("page", &T::page,
            {.description = "From 1.", .optional = true, .minimum = 1, .maximum = 1'000'000}),
      field("per_page", &T::per_page,
            {.description = "50 when left out.", .optional = true, .minimum = 1, .maximum = 100}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::TokenPagination> {
  using T = sovereign::registry::TokenPagination;
  static constexpr std::string_view name = "TokenPagination";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("total", &T::total),
      field("page", &T::page),
      field("per_page", &T::per_page),
      field("pages", &T::pages),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::BootstrapTokenPage> {
  using T = sovereign::registry::BootstrapTokenPage;
  static constexpr std::string_view name = "BootstrapTokenPage";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("tokens", &T::tokens, {.description = "Newest first, without the tokens themselves."}),
      field("pagination", &T::pagination),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::OnboardingRequest> {
  using T = sovereign::registry::OnboardingRequest;
  static constexpr std::string_view name = "OnboardingRequest";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      std::tuple{field("token", &T::token,
                       {.description = "The bootstrap token, unless the header Bootstrap-Token has "
                                       "it. Also bootstrap_token.",
                        .example = R"("BST_0123456789abcdefghijABCDEFGHIJkl")",
                        .alias = "bootstrap_token",
                        .max_length = 255}),
                 field("agent_did_method", &T::agent_did_method,
                       {.description = "Of older clients: cos or agentvault. With it, name and "
                                       "agent_type may be left out.",
                        .max_length = 32}),
                 field("public_key_jwk", &T::public_key_jwk,
                       {.description = "Of older clients: the agent's public key, kept in its "
                                       "metadata when it has no other.",
                        .max_bytes = 4096})},
      registry::detail::inherited_fields<T, registry::AgentRegistration>());
};

template <>
struct sovereign::json::Table<sovereign::registry::OnboardingLinks> {
  using T = sovereign::registry::OnboardingLinks;
  static constexpr std::string_view name = "OnboardingLinks";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("self", &T::self),
      field("did", &T::did, {.description = "The DID document."}),
      field("token", &T::token, {.description = "Takes client_id and client_secret."}),
      field("me", &T::me),
      field("heartbeat", &T::heartbeat),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::OnboardedAgent> {
  using T = sovereign::registry::OnboardedAgent;
  static constexpr std::string_view name = "OnboardedAgent";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      registry::detail::inherited_fields<T, registry::AgentView>(),
      std::tuple{
          field("agent_did", &T::agent_did, {.description = "The same as did."}),
          field("client_id", &T::client_id, {.example = R"("agent-0123456789abcdef")"}),
          field("client_secret", &T::client_secret, {.description = "Shown this once."}),
          field("links", &T::links),
          field("account_status", &T::account_status,
                {.description = "active; for those who sent agent_did_method."}),
          field("initial_funding_status", &T::initial_funding_status,
                {.description = "The same: always pending, as this registry funds nobody."}),
          field("faucet_transaction_id", &T::faucet_transaction_id,
                {.description = "The same: always null."}),
      });
};
