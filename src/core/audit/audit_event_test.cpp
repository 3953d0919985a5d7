#include "core/audit/audit_event.hpp"

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "support/audit_fixture.hpp"
#include "support/planted_secrets.hpp"

namespace sovereign::core {
namespace {

using support::await;

class AuditRow : public AuditFixture {
 protected:
  std::string metadata_of(json::Object metadata) {
    sql::Write write;
    write.calls.push_back(audit_row(event("t", "s", std::move(metadata)), clock_.now()));
    const auto written = await(database_.get().write(std::move(write)));
    EXPECT_TRUE(written && *written);
    return sql::text(
        rows("SELECT metadata FROM audit_events ORDER BY sequence DESC LIMIT 1").at(0)[0]);
  }
};

TEST_F(AuditRow, HoldsWhatTheEventSays) {
  sql::Write write;
  write.calls.push_back(audit_row({.type = "security.denied",
                                   .severity = Severity::security,
                                   .actor = {.type = ActorType::agent, .id = "com.example.a"},
                                   .subject_type = "agent",
                                   .subject_id = "com.example.b",
                                   .correlation_id = "c",
                                   .causation_id = "d",
                                   .metadata = {{"reason", "not approved"}}},
                                  clock_.now()));
  ASSERT_TRUE(await(database_.get().write(std::move(write))).value());
  const auto row = rows(
      "SELECT sequence, at, event_type, severity, actor_type, actor_id, subject_type, subject_id,"
      " correlation_id, causation_id, metadata FROM audit_events");
  const sql::Row expected = {std::int64_t{1},
                             std::int64_t{clock_.now().time_since_epoch().count()},
                             "security.denied",
                             "security",
                             "agent",
                             "com.example.a",
                             "agent",
                             "com.example.b",
                             "c",
                             "d",
                             R"({"reason":"not approved"})"};
  ASSERT_EQ(row.size(), 1U);
  EXPECT_EQ(row[0], expected);
}

TEST_F(AuditRow, HashIsWhatTheDocumentedFormatSays) {
  add(2);
  const auto row = rows("SELECT event_id, hash FROM audit_events ORDER BY sequence");
  const auto hash_of = [&](std::string previous, int sequence) {
    std::string message;
    for (const std::string& field :
         {std::string("opensentience.audit.row.1"), previous, fmt::format("{}", sequence),
          sql::text(row.at(static_cast<std::size_t>(sequence - 1))[0]),
          std::string("1750000000000000"), std::string("agent.enabled"), std::string("info"),
          std::string("human"), std::string("admin.sock"), std::string("agent"),
          fmt::format("a.b{}", sequence), std::string("c-1"), std::string(), std::string("{}")}) {
      message += fmt::format("{}:{},", field.size(), field);
    }
    return base::to_hex(crypto::sha256(message));
  };
  EXPECT_EQ(sql::text(row.at(0)[1]), hash_of(std::string(64, '0'), 1));
  EXPECT_EQ(sql::text(row.at(1)[1]), hash_of(sql::text(row.at(0)[1]), 2));
}

TEST_F(AuditRow, IsNeverChangedDeletedOrReplacedByOurOwnStatements) {
  add(3);
  for (
      const std::string_view sql : {
          "UPDATE audit_events SET actor_id = 'x' WHERE sequence = 2",
          "DELETE FROM audit_events WHERE sequence = 3",
          "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events WHERE sequence = 2",
          "INSERT INTO audit_events SELECT sequence + 7, event_id || 'x', at, event_type, severity,"
          " actor_type, actor_id, subject_type, subject_id, correlation_id, causation_id, metadata,"
          " hash FROM audit_events WHERE sequence = 3",
      }) {
    const sql::Statement statement{sql, sql};
    sql::Write write;
    write.calls.push_back({statement, {}});
    EXPECT_FALSE(await(database_.get().write(std::move(write)))) << sql;
  }
  EXPECT_TRUE(verify().intact);
  EXPECT_EQ(verify().rows, 3);
}

TEST_F(AuditRow, ARejectedWriteLeavesNoRowAndNoGap) {
  add(1);
  sql::Write rejected;
  rejected.calls.push_back(audit_row(event(), clock_.now()));
  static constexpr sql::Statement kNothing{"nothing", "SELECT 1 WHERE 1 = 2"};
  rejected.calls.push_back({kNothing, {}, sql::Expect::one_row});
  EXPECT_FALSE(await(database_.get().write(std::move(rejected))).value());
  add(1);
  EXPECT_TRUE(verify().intact);
  EXPECT_EQ(verify().rows, 2);
}

TEST_F(AuditRow, TheSameRowWrittenTwiceIsThereOnce) {
  const auto call = audit_row(event(), clock_.now());
  for (int i = 0; i < 2; ++i) {
    sql::Write write;
    write.calls.push_back({call.statement, call.parameters, sql::Expect::anything});
    EXPECT_TRUE(await(database_.get().write(std::move(write))).value());
  }
  EXPECT_EQ(verify().rows, 1);
}

TEST_F(AuditRow, NoPlantedOrKnownSecretGetsIntoTheDatabaseFile) {
  const auto handle = database_.redactor().add_secret("the run's session token");
  json::Object metadata;
  for (const auto& planted : support::kPlantedSecrets)
    metadata[fmt::format("of {}", planted.kind)] = planted.text;
  metadata["error"] = "agent said: the run's session token";
  metadata[support::kPlantedSecrets[0].text] = "as a name";
  const std::string stored = metadata_of(std::move(metadata));
  EXPECT_TRUE(stored.contains("agent said: [REDACTED]"));
  database_.close();
  for (const char* file : {"core.sqlite3", "core.sqlite3-wal"}) {
    std::ifstream in(database_.folder().file(file), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    support::expect_no_planted_secret(content, file);
    EXPECT_FALSE(content.contains("the run's session token"));
  }
}

TEST_F(AuditRow, LargeMetadataIsReplacedByANoteThatItWas) {
  json::Object large;
  for (int i = 0; i < 20; ++i) large[std::to_string(i)] = std::string(1500, 'x');
  EXPECT_EQ(metadata_of(large), R"({"truncated":true,"reason":"too_large","max_bytes":16384})");
  EXPECT_EQ(metadata_of({{"a", std::string(5'000'000, 'x')}}),
            R"({"truncated":true,"reason":"too_large","max_bytes":16384})");
}

TEST_F(AuditRow, FieldsAreCutAndMadeTextWhateverTheyHold) {
  sql::Write write;
  write.calls.push_back(audit_row({.type = "t",
                                   .actor = {.id = std::string(300, 'a')},
                                   .subject_type = std::string(60, 's'),
                                   .subject_id = std::string("x\0y\n\xff", 5),
                                   .metadata = {{"m", std::string("\0\xff", 2)}}},
                                  clock_.now()));
  ASSERT_TRUE(await(database_.get().write(std::move(write))).value());
  const auto row =
      rows("SELECT actor_id, subject_type, subject_id, metadata FROM audit_events").at(0);
  EXPECT_EQ(row, (sql::Row{std::string(200, 'a'), std::string(50, 's'), "x y \xef\xbf\xbd",
                           "{\"m\":\"\xef\xbf\xbd\"}"}));
  EXPECT_TRUE(verify().intact);
}

}  // namespace
}  // namespace sovereign::core
