#include "registry/agents/import.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.hpp"
#include "json/parse.hpp"
#include "registry/agents/demo_data.hpp"
#include "support/agents_fixture.hpp"
#include "support/faulty_database.hpp"

namespace sovereign::registry {
namespace {

using support::await;
using support::Engine;
using Fault = support::FaultyDatabase::Fault;

constexpr sql::Statement kCountAgents{"test.agents", "SELECT count(*) FROM agents"};
constexpr sql::Statement kCountChanges{"test.changes", "SELECT count(*) FROM changes"};
constexpr sql::Statement kCountUsers{"test.users", "SELECT count(*) FROM users"};

std::vector<std::string> demo_lines(std::size_t count, std::uint64_t seed = 1) {
  std::vector<std::string> lines;
  generate_demo({.count = count, .seed = seed},
                [&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

std::vector<std::string> exported(sql::Database& database) {
  std::vector<std::string> lines;
  EXPECT_TRUE(export_agents(database, [&](std::string_view line) { lines.emplace_back(line); }));
  return lines;
}

class ImportTest : public testing::TestWithParam<Engine>, protected support::AgentsFixture {
 protected:
  ImportTest() : AgentsFixture(GetParam()) {}

  Result<ImportReport> import_into(sql::Database& target, const std::vector<std::string>& lines) {
    problems.clear();
    ImportOptions options{.owner = ada, .creates_publishers = true, .batch = 3};
    options.on_problem = [this](const ImportProblem& problem) { problems.push_back(problem); };
    auto session = ImportSession::open(target, clock, random, std::move(options));
    if (!session) return Failure(session.error());
    for (const auto& line : lines) {
      if (auto added = await(session->add(line)); !added) return Failure(added.error());
    }
    return await(session->finish());
  }
  ImportReport import(const std::vector<std::string>& lines) {
    return import_into(*database, lines).value();
  }

  std::vector<ImportProblem> problems;
};

TEST_P(ImportTest, ASecondImportOfTheSameLinesWritesNothing) {
  const auto lines = demo_lines(20);
  EXPECT_EQ(import(lines).created, 20U);
  EXPECT_EQ(database.count(kCountChanges), 20);
  const auto again = import(lines);
  EXPECT_EQ(again.unchanged, 20U);
  EXPECT_EQ(again.created + again.updated + again.refused, 0U);
  EXPECT_EQ(database.count(kCountChanges), 20);
}

TEST_P(ImportTest, AnExportImportedElsewhereExportsTheSameBytes) {
  auto lines = demo_lines(20);
  lines.push_back(
      "{\"name\":\"N\",\"agent_type\":\"t\",\"humanReadableId\":\"n\",\"status\":"
      "\"inactive\",\"metadata\":{\n \"k\" : [1.50,\t\"x\"]\r\n}}");
  import(lines);
  const auto first = exported(*database);
  ASSERT_EQ(first.size(), 21U);
  const support::RegistryDatabase other(GetParam());
  const auto report = import_into(*other, first);
  EXPECT_EQ(report.value().created, 21U);
  EXPECT_EQ(exported(*other), first);
}

TEST_P(ImportTest, ABadLineIsReportedWithItsNumberAndTheRestGoesIn) {
  const auto report = import({R"({"name":"A","agent_type":"t","humanReadableId":"a"})", "",
                              "not json", R"({"name":"B","agent_type":"t"})",
                              R"({"name":"C","agent_type":"t","humanReadableId":"c","tags":7})",
                              R"({"name":"D","agent_type":"t","humanReadableId":"d"})"});
  EXPECT_EQ(report.created, 2U);
  EXPECT_EQ(report.refused, 3U);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].line, 3U);
  EXPECT_EQ(problems[1].line, 4U);
  EXPECT_EQ(problems[1].error.fields.at(0).pointer, "/humanReadableId");
  EXPECT_EQ(problems[2].line, 5U);
  EXPECT_EQ(problems[2].error.fields.at(0).pointer, "/tags");
}

TEST_P(ImportTest, ALineThatOnlyTheDatabaseRefusesDoesNotTakeItsBatchWithIt) {
  // The account's email is taken by another name, which no line shows.
  const auto report =
      import({R"({"name":"A","agent_type":"t","humanReadableId":"a"})",
              R"({"name":"B","agent_type":"t","humanReadableId":"b","developer":"adele",)"
              R"("developer_email":"ada@example.com"})",
              R"({"name":"C","agent_type":"t","humanReadableId":"c"})"});
  EXPECT_EQ(report.created, 2U);
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(problems.at(0).line, 2U);
}

TEST_P(ImportTest, ALineChangesAnAgentOfThatIdInAnyCaseAndTheLastOneWins) {
  import({R"({"name":"A","agent_type":"t","humanReadableId":"acme/a","tags":["x"]})"});
  const auto report = import({R"({"name":"B","agent_type":"t","humanReadableId":"ACME/a"})",
                              R"({"name":"C","agent_type":"t","humanReadableId":"acme/A"})"});
  EXPECT_EQ(report.updated, 2U);
  EXPECT_EQ(database.count(kCountAgents), 1);
  EXPECT_EQ(json::raw_member(exported(*database).at(0), "name"), "\"C\"");
}

TEST_P(ImportTest, ALineWithoutStatusKeepsASuspension) {
  const std::string line = R"({"name":"A","agent_type":"t","humanReadableId":"a"})";
  import({R"({"name":"A","agent_type":"t","humanReadableId":"a","status":"suspended"})"});
  EXPECT_EQ(import({line}).unchanged, 1U);
  EXPECT_EQ(json::raw_member(exported(*database).at(0), "status"), "\"suspended\"");
}

TEST_P(ImportTest, PublishersAreMadeOnceAndKeptByName) {
  const auto before = database.count(kCountUsers);
  import({R"({"name":"A","agent_type":"t","humanReadableId":"a","developer":"Carol"})",
          R"({"name":"B","agent_type":"t","humanReadableId":"b","developer":"carol"})",
          R"({"name":"C","agent_type":"t","humanReadableId":"c","developer":"ada"})"});
  EXPECT_EQ(database.count(kCountUsers), before + 1);
  EXPECT_EQ(json::raw_member(exported(*database).at(1), "developer"), "\"Carol\"");
}

TEST_P(ImportTest, AnImportThatFailsHalfwayIsFinishedByAnother) {
  const auto lines = demo_lines(10);
  support::FaultyDatabase faulty(*database);
  faulty.fail_at(5, Fault::after);
  EXPECT_EQ(import_into(faulty, lines).error().code, ErrorCode::unavailable);
  import(lines);
  EXPECT_EQ(database.count(kCountAgents), 10);
  EXPECT_EQ(database.count(kCountChanges), 10);
}

INSTANTIATE_TEST_SUITE_P(Engines, ImportTest, testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& info) { return support::name_of(info.param); });

TEST(DemoDataTest, EveryLineIsAcceptedHasItsOwnIdAndIsTheSameForTheSameSeed) {
  const auto lines = demo_lines(500);
  std::set<std::string> ids;
  std::size_t bytes = 0;
  for (const auto& line : lines) {
    const auto read = read_import_line(line);
    ASSERT_TRUE(read) << line;
    ids.insert(base::to_lower_ascii(*read->registration.human_readable_id));
    bytes += line.size();
  }
  EXPECT_EQ(ids.size(), lines.size());
  EXPECT_GT(bytes / lines.size(), 1000U);
  EXPECT_LT(bytes / lines.size(), 2500U);
  EXPECT_EQ(demo_lines(500), lines);
  EXPECT_NE(demo_lines(500, 2), lines);
}

}  // namespace
}  // namespace sovereign::registry
