#include "core/sync/registries.hpp"

#include "core/install/install_fixture.hpp"

namespace sovereign::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RegistriesTest : public InstallFixture {
 protected:
  void list(const TestRepository& repository, std::string_view agent, std::string_view more = "") {
    repository.put(fmt::format("agents/{}.json", agent),
                   entry_text(agent, "file:///srv/x.git", more));
  }
  SyncResult sync(std::string name = "local") { return get(run(registries.sync(name, me()))); }
  std::string code(Result<SyncResult> result) {
    return result ? "fine" : std::string(result.error().name);
  }
};

TEST_F(RegistriesTest, ARegistryIsAddedOnceUnderAPlainName) {
  const auto add = [&](NewRegistry registry) {
    const auto added = run(registries.add(std::move(registry), me()));
    return added ? "fine" : std::string(added.error().name);
  };
  EXPECT_EQ(add({.name = "a", .url = "https://u:p@example.org/r.git"}), "fine");
  EXPECT_EQ(registries.all()[0].url.text(), "https://example.org/r.git");
  EXPECT_EQ(add({.name = "a", .url = "https://example.org/r.git"}), "registry.exists");
  EXPECT_EQ(add({.name = "b", .url = "/srv/x.git"}), "registry.invalid_url");
  EXPECT_EQ(add({.name = "b", .url = "-x"}), "registry.invalid_url");
  EXPECT_EQ(add({.name = "b", .url = "https://e.org/r", .ref = "--x"}), "registry.invalid_url");
  for (const char* name : {"", "-a", "../a", "A", "a/b", "a.git", "a-"}) {
    EXPECT_NE(add({.name = name, .url = "https://example.org/r.git"}), "fine") << name;
  }
  EXPECT_THAT(audited(), ElementsAre("registry.added"));
  EXPECT_THAT(audit_of("registry.added"), Not(HasSubstr("u:p")));
}

TEST_F(RegistriesTest, RegistriesAreThereAfterARestart) {
  add_registry(index);
  list(index, "com.example.a");
  index.commit();
  sync();
  Registries again(base);
  ASSERT_TRUE(again.load());
  ASSERT_EQ(again.all().size(), 1U);
  EXPECT_EQ(again.all()[0].entries, 1);
  EXPECT_EQ(again.all()[0].commit, registries.all()[0].commit);
  EXPECT_EQ(again.all()[0].local, LocalRepositories::allowed);
}

TEST_F(RegistriesTest, ASyncTellsWhatChanged) {
  add_registry(index);
  list(index, "com.example.a");
  list(index, "com.example.b", R"(,"display":{"name":"Bee"})");
  const auto first = index.commit();
  const auto added = sync();
  EXPECT_EQ(added.added, 2);
  EXPECT_EQ(added.commit, first);
  EXPECT_EQ(added.previous_commit, "");
  ASSERT_TRUE(catalog.find(id("com.example.b")));
  EXPECT_EQ(catalog.find(id("com.example.b"))->name, "Bee");
  EXPECT_EQ(catalog.find(id("com.example.b"))->provenance.registry, "local");
  EXPECT_EQ(catalog.find(id("com.example.b"))->provenance.registry_commit, first);

  list(index, "com.example.b", R"(,"display":{"name":"Wasp"})");
  list(index, "com.example.c");
  std::filesystem::remove(index.folder() / "agents/com.example.a.json");
  index.commit();
  const auto changed = sync();
  EXPECT_EQ(changed.added, 1);
  EXPECT_EQ(changed.changed, 1);
  EXPECT_EQ(changed.removed, 1);
  EXPECT_EQ(changed.previous_commit, first);
  EXPECT_EQ(catalog.find(id("com.example.b"))->name, "Wasp");
  EXPECT_EQ(catalog.find(id("com.example.a"))->status(), "gone");

  const auto same = sync();
  EXPECT_EQ(same.added + same.changed + same.removed, 0);
  EXPECT_EQ(same.entries, 2);
  EXPECT_THAT(audited(), ElementsAre("registry.added", "registry.sync_started", "registry.synced",
                                     "registry.sync_started", "registry.synced",
                                     "registry.sync_started", "registry.synced"));
  EXPECT_THAT(events, Contains(std::pair<std::string, std::string>("registry.sync", "local")));
}

TEST_F(RegistriesTest, BadEntriesAreNamedAndKeepNothingElseOut) {
  add_registry(index);
  list(index, "com.example.good");
  index.put("agents/com.example.bad.json", "{");
  index.put("agents/com.example.url.json",
            R"({"id":"com.example.url","git_url":"ext::sh -c id","default_ref":"main"})");
  index.shell("ln -s /etc/passwd agents/com.example.link.json");
  index.commit();
  const auto result = sync();
  EXPECT_EQ(result.added, 1);
  EXPECT_EQ(result.invalid_count, 3);
  std::vector<std::string> problems;
  for (const auto& problem : result.invalid) problems.push_back(problem.file + " " + problem.code);
  EXPECT_THAT(problems, ElementsAre("agents/com.example.link.json not_a_file",
                                    "agents/com.example.bad.json not_json",
                                    "agents/com.example.url.json invalid_field"));
}

TEST_F(RegistriesTest, OfTwoRegistriesTheFirstAddedSpeaksForAnAgent) {
  const TestRepository second(spawner, folder.path() / "second");
  add_registry(index);
  add_registry(second, "second");
  list(second, "com.example.a", R"(,"display":{"name":"Theirs"})");
  second.commit();
  index.commit();
  sync("second");
  EXPECT_EQ(catalog.find(id("com.example.a"))->name, "Theirs");
  list(index, "com.example.a", R"(,"display":{"name":"Ours"})");
  index.commit();
  sync();
  EXPECT_EQ(catalog.find(id("com.example.a"))->name, "Ours");
  list(second, "com.example.a", R"(,"display":{"name":"Mine!"})");
  second.commit();
  sync("second");
  EXPECT_EQ(catalog.find(id("com.example.a"))->name, "Ours");
  EXPECT_EQ(get(run(registries.find(id("com.example.a"), std::nullopt))).registry, "local");
  EXPECT_EQ(get(run(registries.find(id("com.example.a"), "second"))).entry.name, "Mine!");

  ASSERT_TRUE(run(registries.remove("local", me())));
  EXPECT_EQ(catalog.find(id("com.example.a"))->name, "Mine!");
  EXPECT_FALSE(std::filesystem::exists(home.registry("local")));
  ASSERT_TRUE(run(registries.remove("second", me())));
  EXPECT_EQ(catalog.find(id("com.example.a"))->status(), "gone");
  EXPECT_EQ(run(registries.remove("second", me())).error().name, "registry.not_found");
}

TEST_F(RegistriesTest, AFailureIsAuditedAndKeepsWhatWasKnown) {
  add_registry(index);
  list(index, "com.example.a");
  index.commit();
  sync();
  std::filesystem::rename(index.folder(), folder.path() / "away");
  EXPECT_EQ(code(run(registries.sync("local", me()))), "registry.sync_failed");
  EXPECT_EQ(audited().back(), "registry.sync_failed");
  EXPECT_FALSE(registries.all()[0].last_error.empty());
  EXPECT_FALSE(registries.all()[0].is_syncing);
  EXPECT_EQ(catalog.find(id("com.example.a"))->status(), "local_uninstalled");
  std::filesystem::rename(folder.path() / "away", index.folder());
  sync();
  EXPECT_EQ(registries.all()[0].last_error, "");
}

TEST_F(RegistriesTest, OneSyncOfARegistryAtATime) {
  add_registry(index);
  index.commit();
  std::vector<Task<SyncResult>> tasks;
  tasks.push_back(registries.sync("local", me()));
  tasks.push_back(registries.sync("local", me()));
  const auto results = support::await_all(std::move(tasks));
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(code(results[1]), "install.busy");
  EXPECT_EQ(code(run(registries.sync("other", me()))), "registry.not_found");
}

TEST_F(RegistriesTest, ASyncOfAllGoesOnPastAFailure) {
  const TestRepository second(spawner, folder.path() / "second");
  add_registry(index);
  add_registry(second, "second");
  second.commit();
  const auto outcomes = get(run(registries.sync_all(me())));
  ASSERT_EQ(outcomes.registries.size(), 2U);
  EXPECT_EQ(outcomes.registries[0].code, "registry.sync_failed");
  EXPECT_TRUE(outcomes.registries[1].result);
}

TEST_F(RegistriesTest, HoweverACommandFailsTheNextSyncIsWhole) {
  add_registry(index);
  list(index, "com.example.a");
  list(index, "com.example.b");
  index.commit();
  int failures = 0;
  for (int n = 1;; ++n) {
    runner.fail_at(n);
    const auto result = run(registries.sync("local", me()));
    if (runner.is_armed()) break;
    EXPECT_FALSE(result) << n;
    EXPECT_FALSE(registries.all()[0].is_syncing);
    ++failures;
    std::filesystem::remove_all(home.registry("local"));
  }
  EXPECT_GE(failures, 7);
  EXPECT_EQ(registries.all()[0].entries, 2);
  EXPECT_TRUE(catalog.find(id("com.example.a")));
}

TEST_F(RegistriesTest, WhoWaitsMayLeaveTheSyncGoesOn) {
  add_registry(index);
  list(index, "com.example.a");
  index.commit();
  boost::asio::io_context loop(1);
  boost::asio::cancellation_signal gone;
  std::optional<Result<SyncResult>> outcome;
  boost::asio::co_spawn(
      loop, support::keep_outcome(registries.sync("local", me()), outcome),
      boost::asio::bind_cancellation_slot(gone.slot(), [](std::exception_ptr) {}));
  loop.poll();
  EXPECT_EQ(operations.size(), 1U);
  gone.emit(boost::asio::cancellation_type::terminal);
  loop.run();
  EXPECT_EQ(operations.size(), 0U);
  EXPECT_TRUE(catalog.find(id("com.example.a")));
  EXPECT_EQ(audited().back(), "registry.synced");
}

boost::asio::awaitable<void> end_all(Operations& operations, bool& ended) {
  co_await operations.stop();
  ended = true;
}

TEST_F(RegistriesTest, StoppingEndsTheSyncAndRecordsItsFailure) {
  add_registry(index);
  index.commit();
  boost::asio::io_context loop(1);
  std::optional<Result<SyncResult>> outcome;
  bool ended = false;
  boost::asio::co_spawn(loop, support::keep_outcome(registries.sync("local", me()), outcome),
                        boost::asio::detached);
  loop.poll();
  boost::asio::co_spawn(loop, end_all(operations, ended), boost::asio::detached);
  loop.run();
  EXPECT_TRUE(ended);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(audited().back(), *outcome ? "registry.synced" : "registry.sync_failed");
  EXPECT_FALSE(run(registries.sync("local", me())));
}

}  // namespace
}  // namespace sovereign::core
