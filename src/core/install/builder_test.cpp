#include "core/install/builder.hpp"

#include "core/install/install_fixture.hpp"

namespace sovereign::core {
namespace {

using process::CommandResult;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class BuildTest : public InstallFixture {
 protected:
  void install() {
    publish_hello();
    get(run(installer.install(id(), {}, me())));
    runner.commands.clear();
  }
  Result<BuildView> build(BuildBody body = {.confirm = true}) {
    return run(builds.build(id(), body, me()));
  }
  std::string refusal() {
    const auto view = build();
    return view ? "fine" : std::string(view.error().name);
  }
  fs::path tree() const { return home.tree(id(), first_commit); }
  static CommandResult failed(std::string output, int code = 1) {
    return {.status = {.code = code}, .output = std::move(output)};
  }
};

TEST_F(BuildTest, NothingIsExecutedWithoutConfirmation) {
  install();
  EXPECT_EQ(build({}).error().name, "build.not_confirmed");
  EXPECT_TRUE(runner.commands.empty());
}

TEST_F(BuildTest, RunsTheStepsInOrderAndRecordsWhatTheyLeft) {
  install();
  const auto view = get(build());
  std::vector<std::string> steps;
  for (const auto& step : view.steps) steps.push_back(step.name);
  EXPECT_THAT(steps, ElementsAre("mix deps.get", "mix deps.compile", "mix compile"));
  EXPECT_EQ(view.state, "built");
  EXPECT_EQ(view.steps[2].output, "==> done\n");
  EXPECT_EQ(catalog.find(id())->build, BuildState::built);
  EXPECT_TRUE(catalog.find(id())->built_at);
  const auto& types = audited();
  EXPECT_THAT(types, Contains("agent.build_started"));
  EXPECT_EQ(types.back(), "agent.built");
  EXPECT_THAT(audit_of("agent.build_started"), HasSubstr("executes_code"));
  EXPECT_THAT(audit_of("agent.built"), Not(HasSubstr("==> done")));
  EXPECT_THAT(events, Contains(std::pair<std::string, std::string>("build.output", kId)));
  const auto trees = get(run(TreeStore(database.get()).trees_of(id())));
  EXPECT_EQ(trees.current->build_hash,
            digest_of(take_snapshot(tree(), "", TreePart::build_output).value()));
}

TEST_F(BuildTest, TheEnvironmentIsExactAndPrivate) {
  install();
  get(build());
  for (const auto& command : runner.commands) {
    const auto& environment = command.environment;
    EXPECT_EQ(environment.at("HOME"), home.build(id()).string());
    EXPECT_TRUE(environment.at("MIX_HOME").starts_with(home.build(id()).string()));
    EXPECT_TRUE(environment.at("HEX_HOME").starts_with(home.build(id()).string()));
    EXPECT_TRUE(environment.at("REBAR_CACHE_DIR").starts_with(home.build(id()).string()));
    EXPECT_EQ(environment.at("MIX_ENV"), "prod");
    EXPECT_FALSE(command.input);
    EXPECT_EQ(command.directory, tree().string());
    EXPECT_TRUE(command.limits.file_size);
  }
}

TEST_F(BuildTest, AReleaseHasAFourthStepAndACommandNone) {
  EXPECT_EQ(build_steps(EntrypointType::release).size(), 4U);
  EXPECT_EQ(build_steps(EntrypointType::release)[3].name, "mix release");
  EXPECT_TRUE(build_steps(EntrypointType::command).empty());
}

TEST_F(BuildTest, AStepThatFailsEndsTheBuildAndIsNamed) {
  install();
  runner.mix = [&](const process::Command& command) -> Result<CommandResult> {
    if (command.arguments[0] == "deps.compile") return failed("secret of the output");
    return play_mix(command);
  };
  EXPECT_EQ(refusal(), "build.failed");
  EXPECT_EQ(runner.commands.size(), 2U);
  EXPECT_EQ(catalog.find(id())->build, BuildState::failed);
  EXPECT_THAT(catalog.find(id())->last_error, HasSubstr("mix deps.compile"));
  EXPECT_THAT(catalog.find(id())->last_error, Not(HasSubstr("secret of")));
  EXPECT_THAT(audit_of("agent.build_failed"), HasSubstr(R"("failed_step":"mix deps.compile")"));
  const auto view = get(builds.last(id()));
  EXPECT_EQ(view.state, "failed");
  EXPECT_EQ(view.steps[1].exit_code, 1);
  EXPECT_EQ(view.steps[2].state, StepState::waiting);
}

TEST_F(BuildTest, AMissingToolchainIsToldApart) {
  install();
  runner.mix = [](const process::Command&) -> Result<CommandResult> {
    return base::fail(ErrorCode::not_found, "There is no program \"mix\".");
  };
  EXPECT_EQ(refusal(), "build.toolchain_missing");
  runner.mix = [](const process::Command&) -> Result<CommandResult> {
    return failed("** (Mix) Could not find Hex, which is needed to build dependency :jason");
  };
  EXPECT_EQ(refusal(), "build.toolchain_missing");
  EXPECT_THAT(catalog.find(id())->last_error, HasSubstr("mix local.hex"));
  runner.mix = [](const process::Command&) -> Result<CommandResult> {
    return CommandResult{.status = {.signal = 9}, .timed_out = true};
  };
  EXPECT_EQ(refusal(), "build.timed_out");
}

TEST_F(BuildTest, ABuildThatChangesItsSourcesFails) {
  install();
  runner.mix = [&](const process::Command& command) {
    write_file(tree() / "lib/hello.ex", "# changed\n");
    return play_mix(command);
  };
  EXPECT_EQ(refusal(), "build.failed");
  EXPECT_THAT(catalog.find(id())->last_error, HasSubstr("lib/hello.ex"));
  runner.mix = [&](const process::Command& command) { return play_mix(command); };
  EXPECT_EQ(refusal(), "install.invalid_tree");
}

TEST_F(BuildTest, FilesABuildAddsAreAWarningAndHashed) {
  install();
  runner.mix = [&](const process::Command& command) {
    write_file(tree() / "mix.lock", "%{}\n");
    return play_mix(command);
  };
  const auto view = get(build());
  EXPECT_THAT(view.warnings, ElementsAre(HasSubstr("mix.lock")));
  const auto trees = get(run(TreeStore(database.get()).trees_of(id())));
  EXPECT_TRUE(verify_sources(tree(), "", trees.current->source_hash));
  EXPECT_EQ(refusal(), "fine");
}

TEST_F(BuildTest, TreesThatWereTouchedAreNotBuilt) {
  install();
  write_file(tree() / "lib/hello.ex", "# mine\n");
  EXPECT_EQ(refusal(), "install.invalid_tree");
  EXPECT_TRUE(runner.commands.empty());
}

TEST_F(BuildTest, OutputIsRedactedAndBounded) {
  install();
  runner.mix = [&](const process::Command& command) -> Result<CommandResult> {
    command.on_output(process::Stream::output, "password=hunter2hunter2\n-----BEGIN PRIVATE KEY");
    command.on_output(process::Stream::output, "-----\nMIIEsecret\n-----END PRIVATE KEY-----\n");
    for (int i = 0; i < 300; ++i) {
      command.on_output(process::Stream::errors, std::string(999, 'x') + "\n");
    }
    command.on_output(process::Stream::output, "last line without end");
    return play_mix(command);
  };
  const auto view = get(build());
  EXPECT_THAT(view.steps[0].output, Not(HasSubstr("hunter2")));
  EXPECT_THAT(view.steps[0].output, Not(HasSubstr("MIIE")));
  EXPECT_LE(view.steps[0].output.size(), 200'000U);
  EXPECT_TRUE(view.steps[0].output_truncated);
  EXPECT_GT(view.steps[0].output_bytes, 300'000);
}

TEST_F(BuildTest, WhatCannotBeBuiltIsNamed) {
  EXPECT_EQ(refusal(), "agent.not_found");
  publish_hello();
  EXPECT_EQ(refusal(), "agent.not_installed");
  EXPECT_EQ(builds.last(id()).error().code, ErrorCode::not_found);
  get(run(installer.install(id(), {}, me())));
  EXPECT_EQ(build({.confirm = true, .tree = BuildTree::pending}).error().code, ErrorCode::conflict);
  catalog.set_live(id(), {.run = RunState::running});
  EXPECT_EQ(refusal(), "agent.already_running");
}

TEST_F(BuildTest, TheRealMixBuildsATinyProjectInItsPrivateHome) {
  if (!fs::exists("/usr/bin/mix")) GTEST_SKIP() << "mix is not installed";
  publish_hello();
  hello.put("mix.exs",
            "defmodule Hello.MixProject do\n  use Mix.Project\n  def project, do: "
            "[app: :hello, version: \"1.0.0\"]\nend\n");
  hello.put("lib/hello.ex", "defmodule Hello do\n  def hi, do: :hi\nend\n");
  const auto commit = hello.commit();
  get(run(installer.install(id(), {}, me())));
  runner.mix = nullptr;
  const auto view = get(build());
  EXPECT_EQ(view.state, "built");
  EXPECT_THAT(view.steps[2].output, HasSubstr("Generated hello app"));
  EXPECT_TRUE(fs::exists(home.tree(id(), commit) / "_build/prod/lib/hello/ebin/hello.app"));
  EXPECT_TRUE(view.warnings.empty());
}

TEST(StepOutputTest, LinesComeWholeHoweverTheBytesAreCut) {
  const Redactor redactor;
  const std::string text = "one\r\ntwo\n\nthree " + std::string(9000, 'x') + "\nlast";
  std::optional<std::string> expected;
  for (const std::size_t cut : {1U, 2U, 7U, 8192U, 20000U}) {
    BuildStepRecord record;
    StepOutput output(redactor, record, 100'000, [](std::string_view) {});
    for (std::size_t at = 0; at < text.size(); at += cut) output.add(text.substr(at, cut));
    output.finish();
    if (!expected) expected = record.output;
    EXPECT_EQ(record.output, *expected) << cut;
    EXPECT_TRUE(record.output.starts_with("one\ntwo\n"));
    EXPECT_TRUE(record.output.ends_with("\nlast\n"));
    EXPECT_EQ(record.output_bytes, static_cast<std::int64_t>(text.size()));
  }
}

}  // namespace
}  // namespace sovereign::core
