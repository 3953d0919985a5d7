#include "core/launcher/entry_point.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class EntryPoint : public testing::Test {
 protected:
  void put(const fs::path& relative) {
    fs::create_directories((root / relative).parent_path());
    std::ofstream(root / relative) << "#!/bin/sh\n";
  }
  Result<EntryCommand> command(LaunchKind kind, std::string value) {
    return entry_command({kind, std::move(value)}, root.native());
  }
  std::string_view refusal(LaunchKind kind, std::string value) {
    const auto found = command(kind, std::move(value));
    return found ? std::string_view() : found.error().name;
  }

  support::TemporaryFolder folder;
  const fs::path root = fs::canonical(folder.path());
};

TEST_F(EntryPoint, KnownMixTasksRunWhatWasBuilt) {
  const auto agent = command(LaunchKind::mix_task, "opensentience.agent");
  EXPECT_EQ(agent->program, "mix");
  EXPECT_THAT(agent->arguments,
              ElementsAre("opensentience.agent", "--no-compile", "--no-deps-check"));
  EXPECT_THAT(command(LaunchKind::mix_task, "run")->arguments,
              ElementsAre("run", "--no-compile", "--no-deps-check", "--no-halt"));
  EXPECT_THAT(command(LaunchKind::mix_task, "my.task")->arguments, ElementsAre("my.task"));
}

TEST_F(EntryPoint, AMixTaskIsOneWord) {
  for (const auto* value : {"", "-e", "run -e x", "a/b", "a;b", "a\nb", "--eval", ".hidden"}) {
    EXPECT_EQ(refusal(LaunchKind::mix_task, value), "manifest.invalid") << value;
  }
}

TEST_F(EntryPoint, AReleaseIsFoundByNameOrPath) {
  put("_build/prod/rel/hello/bin/hello");
  const std::string path = root / "_build/prod/rel/hello/bin/hello";
  for (const auto* value : {"hello", "_build/prod/rel/hello/bin/hello"}) {
    const auto release = command(LaunchKind::release, value);
    ASSERT_TRUE(release.has_value()) << value;
    EXPECT_EQ(release->program, path);
    EXPECT_THAT(release->arguments, ElementsAre("start"));
  }
  EXPECT_EQ(refusal(LaunchKind::release, "missing"), "agent.start_failed");
  EXPECT_EQ(refusal(LaunchKind::release, ".."), "manifest.invalid");
}

TEST_F(EntryPoint, ACommandMustLieInTheAgentsFolder) {
  put("bin/agent");
  EXPECT_EQ(command(LaunchKind::command, "bin/agent")->program, (root / "bin/agent").native());
  EXPECT_EQ(refusal(LaunchKind::command, "/bin/sh"), "manifest.invalid");
  EXPECT_EQ(refusal(LaunchKind::command, "../../../../../../../../bin/sh"), "manifest.invalid");
  EXPECT_EQ(refusal(LaunchKind::command, "bin/missing"), "agent.start_failed");
  fs::create_symlink("/bin/sh", root / "shell");
  EXPECT_EQ(refusal(LaunchKind::command, "shell"), "manifest.invalid");
}

}  // namespace
}  // namespace sovereign::core
