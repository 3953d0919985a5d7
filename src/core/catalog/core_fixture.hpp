// A temporary database with the Core's schema, and what the catalog is made of, for tests.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "core/catalog/catalog.hpp"
#include "core/catalog/changes.hpp"
#include "core/permissions/approvals.hpp"
#include "crypto/random.hpp"
#include "json/write.hpp"
#include "support/await.hpp"
#include "support/core_database.hpp"

namespace sovereign::core {

inline AgentId agent_id(std::string_view text) {
  return AgentId::parse_in_development(text).value();
}

/// The text of a manifest without errors.
inline std::string manifest_text(std::string_view id,
                                 const std::vector<std::string>& permissions = {"env:read:LANG"},
                                 std::string_view name = "Hello") {
  return fmt::format(
      R"({{"id":"{}","name":"{}","version":"1.0.0","description":"Says hello.",)"
      R"("source":{{"git_url":"https://example.com/a.git"}},"permissions":{},)"
      R"("entrypoint":{{"type":"mix_task","value":"hello.run"}},"capabilities":["tools"]}})",
      id, name, json::to_text(permissions));
}

class CoreFixture {
 protected:
  /// The types of all audit rows, in order.
  std::vector<std::string> audit_types() {
    static constexpr sql::Statement kTypes{"test.audit_types",
                                           "SELECT event_type FROM audit_events ORDER BY sequence"};
    std::vector<std::string> types;
    EXPECT_TRUE(database.scan({kTypes, {}}, [&](std::span<const sql::Value> row) {
      types.push_back(sql::text(row[0]));
      return true;
    }));
    return types;
  }

  void commit(const AgentId& id, std::vector<sql::Call> calls) {
    const auto written = support::await(catalog.commit(id, sql::Write{std::move(calls)}));
    ASSERT_TRUE(written && *written);
  }

  /// A local agent in /p/<id>.
  void add_local(std::string_view id, std::string_view text) {
    const auto reading = read_manifest(text, IdRule::development);
    const LocalAgent local{
        agent_id(id), reading, fmt::format("/p/{}/opensentience.agent.json", id), {}};
    commit(local.id, {upsert_local(local, clock.now())});
  }

  support::CoreDatabase files;
  const support::TemporaryFolder& folder = files.folder();
  sql::Database& database = files.get();
  base::ManualClock clock;
  crypto::SystemRandom random;
  Approvals approvals{database, clock, random};
  std::vector<std::string> published;
  Catalog catalog{database, approvals,
                  [this](std::string_view type, std::string_view subject, json::Object) {
                    published.push_back(fmt::format("{} {}", type, subject));
                  }};
};

}  // namespace sovereign::core
