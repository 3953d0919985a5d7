// Scanning folders over HTTP.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/discovery/discovery.hpp"
#include "http/endpoint.hpp"
#include "json/table.hpp"

namespace sovereign::core {

struct ScanProblemView {
  std::string path;
  std::string code;
  std::string message;
};

struct ScanView {
  std::int64_t found = 0;
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::int64_t unchanged = 0;
  std::vector<std::string> missing;
  std::int64_t shadowed = 0;
  std::vector<ScanProblemView> problems;
  bool is_partial = false;
  std::int64_t duration_ms = 0;
};

class DiscoveryRoutes {
 public:
  explicit DiscoveryRoutes(Discovery& discovery) : discovery_(discovery) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<ScanView>> scan(const http::Request& request);

  Discovery& discovery_;
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::ScanProblemView> {
  using T = sovereign::core::ScanProblemView;
  static constexpr std::string_view name = "ScanProblem";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("path", &T::path),
      field("code", &T::code, {.example = R"("manifest.too_large")"}),
      field("message", &T::message),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::ScanView> {
  using T = sovereign::core::ScanView;
  static constexpr std::string_view name = "ScanReport";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("found", &T::found, {.description = "Manifests that could be listed."}),
      field("added", &T::added, {.description = "Ids of agents that were not known."}),
      field("changed", &T::changed),
      field("unchanged", &T::unchanged),
      field("missing", &T::missing, {.description = "Whose folder is not there any more."}),
      field("shadowed", &T::shadowed,
            {.description = "Folders found now whose id another one holds: ignored."}),
      field("problems", &T::problems),
      field("is_partial", &T::is_partial, {.description = "A bound was hit; nothing is missing."}),
      field("duration_ms", &T::duration_ms),
  };
};
