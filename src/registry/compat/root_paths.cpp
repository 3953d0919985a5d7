#include "registry/compat/root_paths.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sovereign::registry {
namespace {

constexpr std::string_view kPrefix = "/api/v1";
constexpr std::array<std::string_view, 3> kFolders = {"/auth/", "/developers/", "/agent-builder/"};

}  // namespace

void add_root_paths(http::RouteTable rows, http::RouteTable& table) {
  for (auto& row : rows) {
    if (!row.path.starts_with(kPrefix)) continue;
    const auto path = row.path.substr(kPrefix.size());
    const bool is_at_root = std::ranges::any_of(
        kFolders, [&](std::string_view folder) { return path.starts_with(folder); });
    const bool is_taken = std::ranges::any_of(table, [&](const http::Route& other) {
      return other.method == row.method && other.path == path;
    });
    if (!is_at_root || is_taken) continue;
    row.path = path;
    row.documentation.summary = {};
    table.push_back(std::move(row));
  }
}

}  // namespace sovereign::registry
