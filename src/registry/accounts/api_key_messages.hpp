// The bodies of the API key routes, with their field tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "json/table.hpp"
#include "registry/accounts/types.hpp"

namespace sovereign::registry {

inline constexpr std::int64_t kMaxApiKeyDays = 3650;

struct ApiKeyRequest {
  std::string name;
  std::vector<http::Scope> scopes;
  std::optional<std::int64_t> expires_in_days;
  std::optional<Timestamp> expires_at;
};

/// An API key as answers show it.
struct ApiKeyItem {
  ApiKeyId id;
  std::string name;
  std::string prefix;  ///< The start of the key, to recognise it by.
  std::vector<http::Scope> scopes;
  Timestamp created_at{};
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> last_used_at;
};

struct ApiKeyList {
  std::vector<ApiKeyItem> api_keys;
};

struct CreatedApiKey : ApiKeyItem {
  std::string key;  ///< Shown this once.
};

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::ApiKeyRequest> {
  using Request = registry::ApiKeyRequest;
  static constexpr std::string_view name = "ApiKeyRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("name", &Request::name,
            {.description = "To recognise the key by.",
             .example = R"("continuous integration")",
             .min_length = 1,
             .max_length = 100}),
      field("scopes", &Request::scopes,
            {.description = "What the key may do; admin is for administrators.",
             .example = R"(["agents:read"])",
             .max_items = 5}),
      field("expires_in_days", &Request::expires_in_days,
            {.description = "Without an expiry, a key works until it is revoked.",
             .minimum = 1,
             .maximum = registry::kMaxApiKeyDays}),
      field("expires_at", &Request::expires_at, {.description = "Instead of expires_in_days."}),
  };
};

template <>
struct Table<registry::ApiKeyItem> {
  using Item = registry::ApiKeyItem;
  static constexpr std::string_view name = "ApiKey";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("id", &Item::id),
      field("name", &Item::name),
      field("prefix", &Item::prefix, {.description = "The start of the key."}),
      field("scopes", &Item::scopes),
      field("created_at", &Item::created_at),
      field("expires_at", &Item::expires_at),
      field("last_used_at", &Item::last_used_at, {.description = "Exact to about a minute."}),
  };
};

template <>
struct Table<registry::ApiKeyList> {
  static constexpr std::string_view name = "ApiKeyList";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{field("api_keys", &registry::ApiKeyList::api_keys)};
};

template <>
struct Table<registry::CreatedApiKey> {
  static constexpr std::string_view name = "CreatedApiKey";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple_cat(Table<registry::ApiKeyItem>::fields,
                     std::tuple{field("key", &registry::CreatedApiKey::key,
                                      {.description = "The key itself; shown this one time."})});
};

}  // namespace sovereign::json
