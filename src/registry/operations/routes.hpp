// What operators and tools ask: liveness, readiness, version, metrics, and the API's description.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "http/endpoint.hpp"
#include "http/route.hpp"
#include "operations/api_description.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

struct Health {
  std::string status;
};

struct DependencyHealth {
  std::string name;
  std::string status;  ///< "ok" or "unavailable"
  bool required = true;
};

struct Readiness {
  std::string status;
  std::vector<DependencyHealth> dependencies;
};

struct Version {
  std::string name;
  std::string version;
  std::string api_version;
};

struct OperationsOptions {
  std::string version;
  std::function<std::string()> metrics;  ///< Prometheus text; any thread.
  /// Whether Redis answers; empty when there is none.
  std::function<Task<void>()> check_redis = nullptr;
  /// Whether artifacts can be stored and read. All else works without them, so that the server is
  /// ready all the same.
  std::function<Task<void>()> check_blobs = {};
};

class OperationsRoutes {
 public:
  OperationsRoutes(OperationsOptions options, sql::Database& database);

  void add_to(http::RouteTable& routes);

  /// Renders the OpenAPI document of the finished table; before the server starts.
  void describe(const http::RouteTable& routes);

 private:
  Result<http::Reply<Health>> health(const http::Request& request);
  Task<http::Prepared<Readiness>> ready(const http::Request& request);
  Result<http::Reply<Version>> version(const http::Request& request);
  Result<http::Response> metrics(const http::Request& request);

  const OperationsOptions options_;
  sql::Database& database_;
  operations::ApiDescription description_;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::Health> {
  using Health = sovereign::registry::Health;
  static constexpr std::string_view name = "Health";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &Health::status, {.description = "Always ok.", .example = R"("ok")"})};
};

template <>
struct sovereign::json::Table<sovereign::registry::DependencyHealth> {
  using T = sovereign::registry::DependencyHealth;
  static constexpr std::string_view name = "DependencyHealth";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("name", &T::name, {.example = R"("database")"}),
                                            field("status", &T::status, {.example = R"("ok")"}),
                                            field("required", &T::required,
                                                  {.description = "Whether requests fail without "
                                                                  "it; else less is shared.",
                                                   .example = "true"})};
};

template <>
struct sovereign::json::Table<sovereign::registry::Readiness> {
  using T = sovereign::registry::Readiness;
  static constexpr std::string_view name = "Readiness";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("status", &T::status,
            {.description = "ok; degraded when what is not required is away; or unavailable "
                            "(with status 503).",
             .example = R"("ok")"}),
      field("dependencies", &T::dependencies)};
};

template <>
struct sovereign::json::Table<sovereign::registry::Version> {
  using T = sovereign::registry::Version;
  static constexpr std::string_view name = "Version";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("name", &T::name, {.example = R"("agentvault-registry")"}),
                 field("version", &T::version, {.example = R"("0.1.0")"}),
                 field("api_version", &T::api_version, {.example = R"("v1")"})};
};
