// What an agent sends and gets in its own session.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "json/nullable.hpp"
#include "json/table.hpp"
#include "registry/agents/view.hpp"

namespace sovereign::registry {

/// RFC 6749 section 4.4; `password` is what older clients send, with username and password.
enum class AgentGrant : std::uint8_t { client_credentials, password };

struct AgentTokenRequest {
  AgentGrant grant_type = AgentGrant::client_credentials;
  std::optional<std::string> client_id;      ///< Unless HTTP Basic has it.
  std::optional<std::string> client_secret;  ///< The same.
};

struct AgentTokenAnswer {
  std::string access_token;
  std::string token_type = "bearer";
  std::int64_t expires_in = 0;  ///< Seconds.
};

/// The answer of me: the agent, and what older clients look for beside it.
struct OwnAgent : AgentView {
  std::string client_id;
  std::int64_t creator_developer_id = 0;  ///< The number of its publisher.
  json::Nullable<Timestamp> last_active_at;
  json::Nullable<json::Raw> public_key_jwk;
};

/// The answer of health.
struct AgentHealth {
  std::string status;  ///< "healthy"
  std::string did;
  std::string message;
};

/// The answer of heartbeat.
struct Heartbeat {
  std::string status;  ///< "acknowledged"
  std::string did;
  std::string message;
  Timestamp last_seen_at{};
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::AgentGrant> {
  using enum sovereign::registry::AgentGrant;
  static constexpr std::array values = {EnumName{client_credentials, "client_credentials"},
                                        EnumName{password, "password"}};
};

template <>
struct sovereign::json::Table<sovereign::registry::AgentTokenRequest> {
  using T = sovereign::registry::AgentTokenRequest;
  static constexpr std::string_view name = "AgentTokenRequest";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("grant_type", &T::grant_type,
            {.description = "client_credentials when left out; password is for older clients.",
             .example = R"("client_credentials")",
             .optional = true}),
      field("client_id", &T::client_id,
            {.description = "As registration gave it, unless sent as HTTP Basic. Also username.",
             .example = R"("agent-0123456789abcdef")",
             .alias = "username",
             .max_length = 64}),
      field("client_secret", &T::client_secret,
            {.description = "As registration gave it, unless sent as HTTP Basic. Also password.",
             .alias = "password",
             .max_length = 255}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::AgentTokenAnswer> {
  using T = sovereign::registry::AgentTokenAnswer;
  static constexpr std::string_view name = "AgentToken";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("access_token", &T::access_token, {.description = "A JWT; sub is the agent's DID."}),
      field("token_type", &T::token_type, {.example = R"("bearer")"}),
      field("expires_in", &T::expires_in, {.description = "Seconds."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::OwnAgent> {
  using T = sovereign::registry::OwnAgent;
  static constexpr std::string_view name = "OwnAgent";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple_cat(
      inherited_fields<T, sovereign::registry::AgentView>(),
      std::tuple{
          field("client_id", &T::client_id),
          field("creator_developer_id", &T::creator_developer_id,
                {.description = "The number of the publisher's account."}),
          field("last_active_at", &T::last_active_at, {.description = "The last heartbeat."}),
          field("public_key_jwk", &T::public_key_jwk, {.description = "As in the metadata."})});
};

template <>
struct sovereign::json::Table<sovereign::registry::AgentHealth> {
  using T = sovereign::registry::AgentHealth;
  static constexpr std::string_view name = "AgentHealth";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status, {.example = R"("healthy")"}),
      field("did", &T::did),
      field("message", &T::message),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::Heartbeat> {
  using T = sovereign::registry::Heartbeat;
  static constexpr std::string_view name = "Heartbeat";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status, {.example = R"("acknowledged")"}),
      field("did", &T::did),
      field("message", &T::message),
      field("last_seen_at", &T::last_seen_at, {.description = "What was noted."}),
  };
};
