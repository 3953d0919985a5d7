// For tests of sync and install: repositories made with the real git, the services on a real
// database and a home of their own, and a runner that counts, fails on demand and plays mix.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/install/build_service.hpp"
#include "core/install/installer.hpp"
#include "core/install/updater.hpp"
#include "crypto/random.hpp"
#include "support/await.hpp"
#include "support/core_database.hpp"

namespace sovereign::core {

/// Runs git for real, and mix only when a test says so.
class TestRunner final : public CommandRunner {
 public:
  using Mix = std::function<Result<process::CommandResult>(const process::Command&)>;

  explicit TestRunner(process::Spawner& spawner) : spawner_(spawner) {}

  Task<process::CommandResult> run(process::Command command) override {
    commands.push_back(command);
    if (countdown_ > 0 && --countdown_ == 0) {
      co_return base::fail(ErrorCode::unavailable, "The program could not be started.", "planned");
    }
    if (command.program == "mix" && mix) co_return mix(command);
    auto task = process::run_command(spawner_, std::move(command));
    auto result = co_await std::move(task);
    co_return result;
  }

  /// The n-th command from now (1 is the next) fails.
  void fail_at(int command) { countdown_ = command; }
  bool is_armed() const { return countdown_ > 0; }

  std::vector<process::Command> commands;
  Mix mix;

 private:
  process::Spawner& spawner_;
  int countdown_ = 0;
};

inline void write_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A work tree and its repository, by the real git.
class TestRepository {
 public:
  TestRepository(process::Spawner& spawner, std::filesystem::path folder)
      : spawner_(spawner), folder_(std::move(folder)) {
    // Every process counts: what `git init` would make is written here.
    write_file(folder_ / ".git/HEAD", "ref: refs/heads/main\n");
    write_file(
        folder_ / ".git/config",
        "[core]\nrepositoryformatversion = 0\n[gc]\nauto = 0\n[maintenance]\nauto = false\n");
    std::filesystem::create_directories(folder_ / ".git/objects");
    std::filesystem::create_directories(folder_ / ".git/refs");
  }

  /// `git <words>`, by a shell.
  std::string git(const std::string& words) const { return shell("git " + words); }
  std::string shell(const std::string& script) const {
    process::Command command{.program = "sh",
                             .arguments = {"-ec", script},
                             .environment = {{"PATH", "/usr/bin:/bin"},
                                             {"HOME", folder_.string()},
                                             {"GIT_CONFIG_NOSYSTEM", "1"},
                                             {"GIT_AUTHOR_NAME", "T"},
                                             {"GIT_AUTHOR_EMAIL", "t@example.org"},
                                             {"GIT_COMMITTER_NAME", "T"},
                                             {"GIT_COMMITTER_EMAIL", "t@example.org"}},
                             .directory = folder_.string()};
    const auto result = support::await(process::run_command(spawner_, std::move(command)));
    EXPECT_TRUE(result && result->succeeded()) << script << ": " << (result ? result->errors : "");
    return result ? result->output : "";
  }
  void put(const std::string& path, std::string_view text) const {
    write_file(folder_ / path, text);
  }
  /// Commits all there is; answers the commit.
  std::string commit() const {
    shell("git add -A && exec git commit --quiet --allow-empty -m x");
    const auto branch = read_file(folder_ / ".git/HEAD").substr(std::string_view("ref: ").size());
    const auto id = read_file(folder_ / ".git" / branch.substr(0, branch.size() - 1));
    return id.substr(0, 40);
  }
  std::string url() const { return "file://" + folder_.string(); }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  process::Spawner& spawner_;
  std::filesystem::path folder_;
};

inline std::string manifest_text(std::string_view id, std::string_view version = "1.0.0",
                                 std::string_view permissions = R"("filesystem:read:~/a/**")",
                                 std::string_view entrypoint = "mix_task") {
  return fmt::format(
      R"({{"id":"{}","name":"Hello","version":"{}","description":"Says hello.",
"source":{{"git_url":"https://example.org/hello.git"}},
"entrypoint":{{"type":"{}","value":"hello"}},"permissions":[{}],"capabilities":["tools"]}})",
      id, version, entrypoint, permissions);
}

class InstallFixture : public testing::Test {
 protected:
  static constexpr std::string_view kId = "com.example.hello";

  InstallFixture() {
    EXPECT_TRUE(home.prepare());
    runner.mix = [this](const process::Command& command) { return play_mix(command); };
  }

  /// A build that works: each step leaves a file where mix would.
  Result<process::CommandResult> play_mix(const process::Command& command) const {
    write_file(std::filesystem::path(command.directory) / "_build/prod" / command.arguments[0],
               "beam");
    if (command.on_output) command.on_output(process::Stream::output, "==> done\n");
    return process::CommandResult{.output = "==> done\n"};
  }

  template <typename T>
  static T get(Result<T> result) {
    EXPECT_TRUE(result) << result.error().detail << " (" << result.error().context << ")";
    return std::move(result.value());
  }
  template <typename T>
  Result<T> run(Task<T> task) const {
    return support::await(std::move(task));
  }

  static AgentId id(std::string_view text = kId) { return AgentId::parse(text).value(); }
  Requester me() const { return {{.type = ActorType::human, .id = "admin.sock"}, "c-1"}; }

  void add_registry(const TestRepository& repository, std::string name = "local") {
    get(run(registries.add(
        {.name = std::move(name), .url = repository.url(), .ref = "main", .allow_file = true},
        me())));
  }
  static std::string entry_text(std::string_view agent, const std::string& url,
                                std::string_view more = "") {
    return fmt::format(R"({{"id":"{}","git_url":"{}","default_ref":"main"{}}})", agent, url, more);
  }
  /// An agent's repository, listed by a registry that was synced.
  void publish_hello(std::string_view more = "") {
    hello.put("opensentience.agent.json", manifest_text(kId));
    hello.put("mix.exs", "# mix\n");
    hello.put("lib/hello.ex", "# hello\n");
    first_commit = hello.commit();
    index.put(fmt::format("agents/{}.json", kId), entry_text(kId, hello.url(), more));
    index.commit();
    add_registry(index);
    get(run(registries.sync("local", me())));
  }
  /// All that it asks for.
  void approve() {
    const auto agent = catalog.find(id());
    get(run(
        approvals.approve({.agent = id(),
                           .requested = {.permissions = agent->permissions, .pin = agent->pin()},
                           .permissions = agent->permissions,
                           .actor = me().actor})));
  }

  std::vector<std::string> audited() {
    static constexpr sql::Statement kTypes{"test.audit",
                                           "SELECT event_type FROM audit_events ORDER BY sequence"};
    std::vector<std::string> types;
    for (const auto& row : get(run(database.get().read({kTypes, {}}))).rows) {
      types.push_back(sql::text(row[0]));
    }
    return types;
  }
  std::string audit_of(const std::string& type) {
    static constexpr sql::Statement kMetadata{
        "test.metadata",
        "SELECT metadata FROM audit_events WHERE event_type = $1 ORDER BY sequence DESC"};
    const auto rows = get(run(database.get().read({kMetadata, {type}}))).rows;
    return rows.empty() ? "" : sql::text(rows[0][0]);
  }
  std::vector<std::string> trees() const {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry :
         std::filesystem::directory_iterator(home.agent(id()) / "trees", none)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  support::TemporaryFolder folder{"install"};
  support::CoreDatabase database;
  base::ManualClock clock;
  crypto::SystemRandom random;
  process::Spawner spawner;
  TestRunner runner{spawner};
  async::WorkerPool pool{{.name = "install"}};
  Home home{folder.path() / "home"};
  std::vector<std::pair<std::string, std::string>> events;
  Approvals approvals{database.get(), clock, random};
  Catalog::Publish publish = [this](std::string_view type, std::string_view subject, json::Object) {
    events.emplace_back(type, subject);
  };
  Catalog catalog{database.get(), approvals, publish};
  Git git{runner, pool, {}};
  Operations operations;
  InstallParts base{database.get(), catalog, git, pool, home, clock, operations, publish};
  Registries registries{base};
  TreeFetcher fetcher{git, pool, home, {}};
  Builder builder{runner, pool, database.redactor(), {}};
  BuildLogs logs;
  BusyAgents busy;
  std::vector<std::string> stops;
  std::vector<std::string> started_commits;
  bool is_running = false;
  bool is_unstartable = false;
  AgentParts parts{base,
                   registries,
                   approvals,
                   fetcher,
                   builder,
                   logs,
                   busy,
                   [this](AgentId, Actor, std::string reason) -> Task<bool> {
                     stops.push_back(std::move(reason));
                     co_return std::exchange(is_running, false);
                   },
                   [this](AgentId, Actor) -> Task<void> {
                     started_commits.push_back(catalog.find(id())->provenance.git_commit);
                     if (is_unstartable) co_return base::fail(ErrorCode::unavailable, "No memory.");
                     is_running = true;
                     co_return Result<void>{};
                   }};
  Installer installer{parts};
  BuildService builds{parts};
  Updater updater{parts, builds};
  TestRepository hello{spawner, folder.path() / "hello"};
  TestRepository index{spawner, folder.path() / "index"};
  std::string first_commit;
};

}  // namespace sovereign::core
