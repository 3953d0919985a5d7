// GET /federation/info and /federation/health: how a registry introduces itself to others. Read by
// peers, so other versions of this program and other programs may have written it: open.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "json/table.hpp"

namespace sovereign::registry {

inline constexpr std::string_view kFederationProtocol = "1.0";
inline constexpr std::string_view kFederationInfoPath = "/api/v1/federation/info";
inline constexpr std::string_view kFederationQueryPath = "/api/v1/internal/federation/query";
inline constexpr std::string_view kChangesPath = "/api/v1/changes";

/// Who this registry is.
struct FederationIdentity {
  std::string name;     ///< Setting federation.name, else the host of the URL.
  std::string url;      ///< Its public URL.
  std::string version;  ///< Of the program.
};

struct FederationInfo {
  std::string registry_name;
  std::string registry_url;
  std::string api_version;
  std::string federation_protocol_version;
  std::string version;
  std::vector<std::string> supported_auth_methods;
  std::string public_key;  ///< Ed25519, base64url; empty when a registry has none.
  std::string health_check_endpoint;
  std::string query_endpoint;
  std::string changes_endpoint;
  std::optional<Timestamp> timestamp;
};

enum class FederationState : std::uint8_t { healthy, degraded };

struct FederationComponents {
  FederationState database = FederationState::healthy;
};

struct FederationHealth {
  FederationState status = FederationState::healthy;
  std::string registry_name;
  std::string version;
  FederationComponents components;
  Timestamp timestamp{};
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::FederationState> {
  using enum sovereign::registry::FederationState;
  static constexpr std::array values = {EnumName{healthy, "healthy"},
                                        EnumName{degraded, "degraded"}};
};

template <>
struct sovereign::json::Table<sovereign::registry::FederationInfo> {
  using T = sovereign::registry::FederationInfo;
  static constexpr std::string_view name = "FederationInfo";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("registry_name", &T::registry_name, {.max_length = 255}),
      field("registry_url", &T::registry_url, {.optional = true}),
      field("api_version", &T::api_version, {.optional = true}),
      field("federation_protocol_version", &T::federation_protocol_version, {.optional = true}),
      field("version", &T::version, {.description = "Of the program.", .optional = true}),
      field("supported_auth_methods", &T::supported_auth_methods, {.optional = true}),
      field("public_key", &T::public_key,
            {.description = "Ed25519 key (RFC 8037, base64url) that signs the change feed.",
             .optional = true}),
      field("health_check_endpoint", &T::health_check_endpoint, {.optional = true}),
      field("query_endpoint", &T::query_endpoint,
            {.description = "Where peers ask, with their token.", .optional = true}),
      field("changes_endpoint", &T::changes_endpoint,
            {.description = "The change feed.", .optional = true}),
      field("timestamp", &T::timestamp),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::FederationComponents> {
  using T = sovereign::registry::FederationComponents;
  static constexpr std::string_view name = "FederationComponents";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("database", &T::database)};
};

template <>
struct sovereign::json::Table<sovereign::registry::FederationHealth> {
  using T = sovereign::registry::FederationHealth;
  static constexpr std::string_view name = "FederationHealth";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status, {.description = "degraded comes with status 503."}),
      field("registry_name", &T::registry_name),
      field("version", &T::version),
      field("components", &T::components),
      field("timestamp", &T::timestamp),
  };
};
