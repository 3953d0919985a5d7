#include "registry/compat/root_paths.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

http::Route row(std::string_view path) {
  return {.method = http::Method::get, .path = path, .documentation = {.summary = "S"}};
}

TEST(RootPaths, AreThoseOfAccountsAndTheBuilderUndocumentedAndNeverTwice) {
  http::RouteTable table;
  table.push_back(row("/auth/register"));
  http::RouteTable rows;
  for (const auto* path : {"/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/developers/me",
                           "/api/v1/agents", "/api/v1/authors"}) {
    rows.push_back(row(path));
  }
  add_root_paths(std::move(rows), table);
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[1].path, "/auth/login");
  EXPECT_EQ(table[2].path, "/developers/me");
  EXPECT_TRUE(table[2].documentation.summary.empty());
}

}  // namespace
}  // namespace sovereign::registry
