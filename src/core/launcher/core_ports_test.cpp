#include "core/launcher/core_ports.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/catalog/core_fixture.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

class CorePorts : public CoreFixture, public testing::Test {
 protected:
  LaunchableAgent agent_with(std::string_view manifest) {
    const auto path = folder.file("opensentience.agent.json");
    std::ofstream(path) << manifest;
    return {.id = agent_id("com.example.hello"),
            .folder = folder.path().native(),
            .manifest_path = path};
  }
  support::TemporaryFolder folder;
  CatalogAgents agents{catalog};
};

TEST_F(CorePorts, TheManifestIsReadFromDiskEachTime) {
  const auto text = manifest_text("com.example.hello");
  const auto manifest = agents.read_manifest(agent_with(text));
  ASSERT_TRUE(manifest.has_value()) << manifest.error().detail;
  EXPECT_EQ(manifest->hash, read_manifest(text, IdRule::strict).hash);
  EXPECT_EQ(manifest->target.kind, LaunchKind::mix_task);
  EXPECT_EQ(manifest->target.value, "hello.run");
  const auto edited = agents.read_manifest(agent_with(text + " "));
  EXPECT_NE(edited->hash, manifest->hash);
}

TEST_F(CorePorts, AManifestThatIsGoneBrokenOrOfAnotherAgentIsRefused) {
  auto agent = agent_with(manifest_text("com.example.other"));
  EXPECT_EQ(agents.read_manifest(agent).error().name, "manifest.invalid");
  EXPECT_EQ(agents.read_manifest(agent_with("{}")).error().name, "manifest.invalid");
  std::filesystem::remove(agent.manifest_path);
  EXPECT_EQ(agents.read_manifest(agent).error().name, "manifest.missing");
}

TEST_F(CorePorts, OnlySensitiveVariablesAreKeptOutOfLogs) {
  Redactor redactor;
  RedactedLogs logs(redactor);
  const auto filter = logs.make_filter();
  const auto kept = logs.keep_out("OPENSENTIENCE_SESSION_TOKEN", "abcdefghijklmnop");
  EXPECT_NE(kept, nullptr);
  EXPECT_EQ(logs.keep_out("LANG", "en_GB.UTF-8"), nullptr);
  EXPECT_EQ(filter->line("it is abcdefghijklmnop"), "it is [REDACTED]");
}

}  // namespace
}  // namespace sovereign::core
