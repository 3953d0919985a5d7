// A launcher on a database and a home of its own, with fakes for the rest of the Core. Agents are
// shell scripts; the loop runs on the test's thread, as long as the test waits for something.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "async/block_on.hpp"
#include "core/launcher/launcher.hpp"
#include "core/migrations.hpp"
#include "crypto/random.hpp"
#include "support/faulty_database.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {

class FakeAgents final : public AgentSource {
 public:
  std::optional<LaunchableAgent> find(const AgentId& agent) const override {
    const auto found = agents.find(agent);
    return found == agents.end() ? std::nullopt : std::optional(found->second);
  }
  Result<LaunchManifest> read_manifest(const LaunchableAgent& agent) const override {
    return manifests.at(agent.id);
  }
  void set_live(const AgentId& agent, LiveState state) override { live[agent] = state; }

  std::map<AgentId, LaunchableAgent> agents;
  std::map<AgentId, LaunchManifest> manifests;
  std::map<AgentId, LiveState> live;
};

class FakeApprovals final : public ApprovalSource {
 public:
  std::optional<LaunchApproval> active(const AgentId& agent) const override {
    const auto found = approvals.find(agent);
    return found == approvals.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<AgentId, LaunchApproval> approvals;
};

class FakeConnections final : public ConnectionControl {
 public:
  void expect(ExpectedConnection one) override { expected.push_back(std::move(one)); }
  void set_process(RunId run, pid_t pid, int pidfd) override {
    EXPECT_GE(pidfd, 0);
    pids[run] = pid;
  }
  void withdraw(RunId run, std::string_view) override { withdrawn.insert(run); }

  std::vector<ExpectedConnection> expected;
  std::map<RunId, pid_t> pids;
  std::set<RunId> withdrawn;
};

inline constexpr sql::Statement kInsertTestAudit{
    "test_audit.insert", "INSERT INTO test_audit (type, run, metadata) VALUES ($1, $2, $3)"};
inline constexpr sql::Statement kListTestAudit{"test_audit.list",
                                               "SELECT type, metadata FROM test_audit ORDER BY n"};

class FakeJournal final : public RunJournal {
 public:
  sql::Call audit_row(RunEvent event, base::Timestamp) override {
    return {kInsertTestAudit,
            {std::string(event.type), event.run ? event.run->to_string() : event.agent.text(),
             std::string(boost::json::serialize(event.metadata))}};
  }
  void publish(std::string_view type, std::string_view, json::Object) override {
    published.emplace_back(type);
  }
  std::vector<std::string> published;
};

/// Knows the session token.
class FakeRedaction final : public LogRedaction {
 public:
  struct Filter final : LineFilter {
    explicit Filter(const std::string& hidden) : secret(hidden) {}
    std::string line(std::string_view text) override {
      std::string out(text);
      if (const auto at = out.find(secret); !secret.empty() && at != std::string::npos) {
        out.replace(at, secret.size(), "[REDACTED]");
      }
      return out;
    }
    const std::string secret;
  };

  std::unique_ptr<LineFilter> make_filter() override { return std::make_unique<Filter>(token); }
  std::shared_ptr<void> keep_out(std::string_view name, std::string value) override {
    if (name != "OPENSENTIENCE_SESSION_TOKEN") return nullptr;
    token = std::move(value);
    return std::make_shared<int>(0);
  }
  std::string token;
};

class LauncherTest : public testing::Test {
 protected:
  LauncherTest() {
    EXPECT_TRUE(home.prepare().has_value());
    std::vector<sql::Migration> all(migrations().begin(), migrations().end());
    all.push_back({.number = static_cast<int>(all.size()) + 1,
                   .name = "test_audit",
                   .sql =
                       "CREATE TABLE test_audit (n ${SEQUENCE}, type TEXT NOT NULL, run TEXT NOT "
                       "NULL, metadata TEXT NOT NULL);"});
    real_database = sql::open_database({.url = "sqlite://" + folder.file("core.sqlite3")}).value();
    EXPECT_TRUE(real_database->migrate(all).has_value());
    database = std::make_unique<support::FaultyDatabase>(*real_database);
    options.deadlines.grace = std::chrono::milliseconds(50);
    options.restarts.first = std::chrono::milliseconds(1);
    options.restarts.longest = std::chrono::milliseconds(2);
  }
  ~LauncherTest() override {
    if (launcher) await(launcher->stop_all());
    launcher.reset();
    // Threads that resume coroutines end before the loop.
    workers.stop();
    database.reset();
    real_database.reset();
  }

  /// The options hold from the first use on.
  Launcher& get() {
    if (!launcher) {
      launcher = std::make_unique<Launcher>(
          LauncherParts{*database, clock, random, workers, spawner, home, agents, approvals,
                        connections, journal, redaction},
          options);
      launcher->start(loop.get_executor());
    }
    return *launcher;
  }

  /// An installed and approved agent that is this script.
  AgentId add(std::string_view script, std::string_view name = "hello") {
    const auto id = AgentId::parse(fmt::format("com.example.{}", name)).value();
    const auto tree = folder.path() / name;
    std::filesystem::create_directories(tree);
    const auto path = tree / "agent";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ::chmod(path.c_str(), 0700);
    agents.agents.insert_or_assign(id, LaunchableAgent{.id = id,
                                                       .install = InstallState::fetched,
                                                       .build = BuildState::built,
                                                       .folder = tree.native(),
                                                       .commit = "c0ffee"});
    agents.manifests[id] = {
        .hash = "m", .permissions_hash = "p", .target = {LaunchKind::command, "agent"}};
    approvals.approvals[id] = {.id = ApprovalId::generate(random),
                               .manifest_hash = "m",
                               .permissions_hash = "p",
                               .commit = "c0ffee",
                               .allows_env = [](std::string_view) { return false; }};
    return id;
  }

  template <typename T>
  Result<T> await(Task<T> task) {
    std::optional<Result<T>> outcome;
    boost::asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, Result<T> result) {
      if (error) std::rethrow_exception(error);
      outcome.emplace(std::move(result));
    });
    EXPECT_TRUE(until([&] { return outcome.has_value(); }));
    return std::move(*outcome);
  }

  /// Runs the loop, event by event, until it is so; false after half a minute.
  bool until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      if (loop.stopped()) loop.restart();
      loop.run_one_until(deadline);
    }
    return true;
  }

  Result<RunInfo> start(const AgentId& agent, RestartPolicy restart = RestartPolicy::never) {
    return await(
        get().start_agent(agent, {.actor = {ActorType::human, "test"}, .restart = restart}));
  }
  Result<RunInfo> stop(const AgentId& agent) {
    return await(get().stop_agent(agent, {ActorType::human, "test"}, "test"));
  }
  RunInfo last(const AgentId& agent) { return await(get().recent_runs(agent, 1)).value().at(0); }
  RunState state(const AgentId& agent) { return get().live(agent).run; }
  bool until_over(const AgentId& agent) {
    return until([&] { return get().running() == 0 && state(agent) != RunState::starting; });
  }
  /// Waits for a line that the current run writes.
  bool until_said(const AgentId& agent, std::string_view text) {
    return until([&] { return has_said(agent, text); });
  }
  bool has_said(const AgentId& agent, std::string_view text) {
    const auto log = get().log(agent, std::nullopt);
    if (!log) return false;
    for (const auto& line : log->after(0, RunLog::kLines)) {
      if (line.text == text) return true;
    }
    return false;
  }
  std::vector<std::string> audit() {
    std::vector<std::string> types;
    const auto visit = [&](std::span<const sql::Value> row) {
      types.push_back(sql::text(row[0]));
      return true;
    };
    EXPECT_TRUE(real_database->scan({kListTestAudit, {}}, visit).has_value());
    return types;
  }
  static bool has_processes(RunId run) {
    return !process::scan_tree({.marker = run.to_string()}).entries.empty();
  }

  support::TemporaryFolder folder;
  const Home home{folder.path() / "home"};
  base::SystemClock clock;
  crypto::SystemRandom random;
  std::unique_ptr<sql::Database> real_database;
  std::unique_ptr<support::FaultyDatabase> database;
  async::WorkerPool workers{{.threads = 2}};
  process::Spawner spawner;
  FakeAgents agents;
  FakeApprovals approvals;
  FakeConnections connections;
  FakeJournal journal;
  FakeRedaction redaction;
  LauncherOptions options;
  boost::asio::io_context loop{1};
  std::unique_ptr<Launcher> launcher;
};

}  // namespace sovereign::core
