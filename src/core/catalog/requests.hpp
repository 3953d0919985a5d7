// What the agent routes take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/table.hpp"

namespace sovereign::core {

struct AgentQuery {
  std::optional<std::string> q;
  std::optional<std::vector<std::string>> status;
  std::optional<std::string> origin;
  std::optional<std::vector<std::string>> capability;
  std::optional<std::vector<std::string>> any_capability;
  std::optional<std::vector<std::string>> integration_point;
  std::optional<std::vector<std::string>> any_integration_point;
  std::int64_t verification = 0;
  std::optional<double> trust_score_min;
  std::int64_t page = 1;
  std::int64_t per_page = 50;
};

struct EnableRequest {
  std::optional<std::vector<std::string>> permissions;
  std::optional<std::string> manifest_hash;
  bool allow_dangerous = false;
};

/// Body of disable and revoke.
struct EndRequest {
  std::optional<std::string> reason;
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::AgentQuery> {
  using T = sovereign::core::AgentQuery;
  static constexpr std::string_view name = "AgentQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("q", &T::q,
            {.description = "Words in ids, names, keywords and descriptions.", .max_length = 512}),
      field("status", &T::status,
            {.description = "Any of local_dev, local_uninstalled, registry_available, installed, "
                            "enabled, running, stopped, error, gone. Agents that are gone are "
                            "found only when asked for.",
             .max_length = 30,
             .max_items = 10}),
      field("origin", &T::origin,
            {.description = "local_dev, registry_available or installed.", .max_length = 30}),
      field("capability", &T::capability,
            {.description = "It has all of these.", .max_length = 100, .max_items = 20}),
      field("any_capability", &T::any_capability,
            {.description = "It has any of these.", .max_length = 100, .max_items = 20}),
      field("integration_point", &T::integration_point,
            {.description = "It has all of these.", .max_length = 100, .max_items = 20}),
      field("any_integration_point", &T::any_integration_point,
            {.description = "It has any of these.", .max_length = 100, .max_items = 20}),
      field("verification", &T::verification,
            {.description = "This level or a higher one.",
             .optional = true,
             .minimum = 0,
             .maximum = 4}),
      field("trust_score_min", &T::trust_score_min,
            {.description = "Agents without a score are left out."}),
      field("page", &T::page,
            {.description = "From 1.", .optional = true, .minimum = 1, .maximum = 100'000}),
      field("per_page", &T::per_page, {.optional = true, .minimum = 1, .maximum = 500}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::EnableRequest> {
  using T = sovereign::core::EnableRequest;
  static constexpr std::string_view name = "EnableRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("permissions", &T::permissions,
            {.description = "What is approved: out of what it asks for, spelled the same; [] for "
                            "none of it. May be left out only for an agent that has not changed "
                            "since it was approved: what was approved then holds again.",
             .example = R"(["filesystem:read:~/Projects/**"])",
             .max_length = 300,
             .max_items = 1000}),
      field("manifest_hash", &T::manifest_hash,
            {.description = "Of the manifest that was shown; refused when it is another one now. "
                            "That of a waiting update approves the update.",
             .max_length = 64}),
      field("allow_dangerous", &T::allow_dangerous,
            {.description = "Needed for permissions to call every tool of every agent.",
             .optional = true}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::EndRequest> {
  using T = sovereign::core::EndRequest;
  static constexpr std::string_view name = "EndRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("reason", &T::reason, {.description = "For the audit log.", .max_length = 500}),
  };
};
