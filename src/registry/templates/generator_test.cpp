#include "registry/templates/generator.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "json/parse.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::registry {
namespace {

constexpr const char* kRegistryUrl = "https://registry.example.org";

/// Names that would be something else than text, were they not escaped.
const char* const kHostileNames[] = {
    "Weather",
    "\"; System.halt(3); \"",
    "#{System.halt(3)} ${HOME} $(exit 3) `exit 3`",
    "''' \"\"\" \\ \\\\\" \\u0041",
    "../../../etc/passwd",
    "-->{{name|json}}<script>alert(1)</script>",
    "\u202edrow \U0001f9c0 \u0436",
    "%s %n \\N{BULLET} {0} #",
    "end",
    "nil",
};

ProjectRequest hostile(const std::string& text) {
  return {.name = text,
          .description = text + "\n" + text + "\n\"\"\"\nRUN exit 3\n",
          .publisher = text,
          .tags = std::vector<std::string>{text, "x"}};
}

const Template& find_template(std::string_view id) {
  return *std::ranges::find(template_library(), id, &Template::id);
}

/// Writes the project below `folder`; its folder.
std::filesystem::path unpack(const Project& project, const std::filesystem::path& folder) {
  for (const auto& file : project.files) {
    const auto path = folder / project.name / file.path;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << file.content;
  }
  return folder / project.name;
}

int run(const std::string& command) {
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): our own commands.
  return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

const std::string& content_of(const Project& project, std::string_view path) {
  return std::ranges::find(project.files, path, &ArchiveFile::path)->content;
}

TEST(Generator, MakesApplicationNamesThatAreSafeEverywhere) {
  EXPECT_EQ(application_name("Weather"), "weather_agent");
  EXPECT_EQ(application_name("My AI  Assistant!"), "my_ai_assistant_agent");
  EXPECT_EQ(application_name("Weather Agent"), "weather_agent");
  EXPECT_EQ(application_name("../../etc"), "etc_agent");
  EXPECT_EQ(application_name("天気"), "my_agent");
  EXPECT_EQ(application_name("agent"), "my_agent");
  EXPECT_EQ(application_name("42 is it"), "is_it_agent");
  EXPECT_EQ(application_name(std::string(200, 'a')).size(), 64U);
}

TEST(Generator, RendersEveryTemplateForEveryName) {
  for (const auto& source : template_library()) {
    for (const auto* name : kHostileNames) {
      const auto project = generate(source, hostile(name), kRegistryUrl);
      ASSERT_TRUE(project) << source.id << ": " << project.error().context;
      for (const auto& file : project->files) {
        EXPECT_EQ(file.path.find(".."), std::string::npos) << file.path;
        EXPECT_TRUE(file.content.ends_with('\n')) << file.path;
      }
    }
  }
}

TEST(Generator, WritesJsonThatHoldsTheTextsAsGiven) {
  for (const auto* name : kHostileNames) {
    for (const auto& source : template_library()) {
      const auto project = generate(source, hostile(name), kRegistryUrl);
      ASSERT_TRUE(project);
      for (const auto& file : project->files) {
        if (!file.path.ends_with(".json")) continue;
        const auto document = json::parse(file.content);
        ASSERT_TRUE(document) << file.path << ": " << document.error().detail;
        EXPECT_EQ(document->at("name").as_string(), name) << file.path;
      }
    }
  }
}

TEST(Generator, WritesTheManifestThatOpenSentienceReads) {
  const auto project =
      generate(find_template("opensentience-elixir"),
               {.name = "Weather", .agent_id = "org.example.weather"}, kRegistryUrl);
  ASSERT_TRUE(project);
  const auto manifest = json::parse(content_of(*project, "opensentience.agent.json"));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->at("id").as_string(), "org.example.weather");
  EXPECT_EQ(manifest->at("manifest_version").as_int64(), 1);
  EXPECT_EQ(manifest->at("entrypoint").at("type").as_string(), "mix_task");
  EXPECT_TRUE(manifest->at("source").at("git_url").is_string());
  EXPECT_TRUE(manifest->at("permissions").is_array());
}

TEST(Generator, WritesPythonThatRunsItsOwnTests) {
  support::TemporaryFolder folder("templates");
  std::string compile = "python3 -m py_compile";
  for (std::size_t i = 0; i < std::size(kHostileNames); ++i) {
    const auto project =
        generate(find_template("python-a2a"), hostile(kHostileNames[i]), kRegistryUrl);
    ASSERT_TRUE(project);
    const auto root = unpack(*project, folder.path() / std::to_string(i)).string();
    compile += fmt::format(" '{0}/agent.py' '{0}/test_agent.py'", root);
  }
  EXPECT_EQ(run(compile), 0);
  EXPECT_EQ(
      run("cd '" + folder.path().string() +
          "'/1/* && python3 -m unittest -q >unittest.log 2>&1 || { cat unittest.log; false; }"),
      0);
}

TEST(Generator, WritesTomlThatHoldsTheVersion) {
  if (run("python3 -c 'import tomllib' 2>/dev/null") != 0) {
    GTEST_SKIP() << "python3 has no tomllib (needs 3.11)";
  }
  support::TemporaryFolder folder("templates");
  for (std::size_t i = 0; i < std::size(kHostileNames); ++i) {
    const auto project =
        generate(find_template("python-a2a"), hostile(kHostileNames[i]), kRegistryUrl);
    ASSERT_TRUE(project);
    std::ofstream(folder.path() / (std::to_string(i) + ".toml"))
        << content_of(*project, "pyproject.toml");
  }
  EXPECT_EQ(run("python3 -c 'import sys,tomllib\nfor p in sys.argv[1:]:\n assert "
                "tomllib.load(open(p,\"rb\"))[\"project\"][\"version\"]==\"0.1.0\"' " +
                folder.path().string() + "/*.toml"),
            0);
}

TEST(Generator, WritesAShellScriptThatPassesTheShellsCheck) {
  support::TemporaryFolder folder("templates");
  const auto project =
      generate(find_template("agent-card"), hostile(kHostileNames[1]), "https://a.example/'$(x)");
  ASSERT_TRUE(project);
  const auto root = unpack(*project, folder.path());
  EXPECT_EQ(run("bash -n '" + root.string() + "/publish.sh'"), 0);
  EXPECT_EQ(run("env -u AGENTVAULT_API_KEY sh '" + root.string() + "/publish.sh' 2>/dev/null"), 2);
}

TEST(Generator, KeepsEveryTextOfADockerfileOnItsLine) {
  for (const auto* name : kHostileNames) {
    const auto project = generate(find_template("python-a2a"), hostile(name), kRegistryUrl);
    ASSERT_TRUE(project);
    const auto& text = content_of(*project, "Dockerfile");
    EXPECT_EQ(text.find("\nRUN"), std::string::npos);
    EXPECT_EQ(std::ranges::count(text, '\n'), 10);
  }
}

// The calls of the SDK that the project makes, and no more: enough to compile and test it.
constexpr const char* kSdk = R"(
defmodule OpenSentience.Tool do
  defmacro __using__(options) do
    quote do
      @behaviour OpenSentience.Tool
      def __tool__, do: unquote(options)
    end
  end
  @callback run(map, term) :: term
end
defmodule OpenSentience.Agent do
  defmacro __using__(options) do
    quote do
      @behaviour OpenSentience.Agent
      def __agent__, do: unquote(options)
      def start_link(_), do: :ignore
      def child_spec(_), do: %{id: __MODULE__, start: {__MODULE__, :start_link, [[]]}}
    end
  end
  @callback init(term) :: term
end
defmodule OpenSentience.Context do
  def cancelled?(_), do: false
  def status(_, _), do: :ok
end
defmodule OpenSentience.Testing do
  def run_tool(tool, input, _options), do: {tool.run(input, nil), []}
end
)";

/// Compiles the SDK once, then each project named on the command line, and runs its tests.
constexpr const char* kCheck = R"(
[sdk | projects] = System.argv()
Code.compile_file(sdk)
Code.put_compiler_option(:ignore_module_conflict, true)
ExUnit.start(autorun: false, formatters: [ExUnit.CLIFormatter])
for project <- projects do
  {{:defmodule, _, _}, _} = {Code.string_to_quoted!(File.read!(Path.join(project, "mix.exs"))), 0}
  for file <- Path.wildcard(Path.join(project, "lib/**/*.ex")), do: Code.compile_file(file)
  for file <- Path.wildcard(Path.join(project, "test/*_test.exs")), do: Code.compile_file(file)
end
%{failures: 0, total: total} = ExUnit.run()
true = total >= 3
)";

TEST(Generator, WritesElixirThatCompilesAndPassesItsTests) {
  if (run("command -v elixir >/dev/null") != 0) GTEST_SKIP() << "elixir is not installed";
  support::TemporaryFolder folder("templates");
  std::ofstream(folder.file("sdk.ex")) << kSdk;
  std::ofstream(folder.file("check.exs")) << kCheck;
  std::string command = "cd '" + folder.path().string() + "' && elixir check.exs sdk.ex";
  for (std::size_t i = 0; i < std::size(kHostileNames); ++i) {
    const auto project =
        generate(find_template("opensentience-elixir"), hostile(kHostileNames[i]), kRegistryUrl);
    ASSERT_TRUE(project);
    command += " '" + unpack(*project, folder.path() / std::to_string(i)).string() + "'";
  }
  EXPECT_EQ(run(command + " >elixir.log 2>&1 || { cat elixir.log; false; }"), 0);
}

TEST(Generator, DescribesWhatATemplateTakes) {
  const auto view = describe(find_template("opensentience-elixir"));
  EXPECT_NE(std::ranges::find(view.files, "lib/{app}/tools/greet.ex"), view.files.end());
  const auto version = std::ranges::find(view.parameters, "version", &TemplateParameter::name);
  ASSERT_NE(version, view.parameters.end());
  EXPECT_FALSE(version->required);
  EXPECT_TRUE(version->pattern);
  EXPECT_EQ(std::ranges::find(view.parameters, "endpoint", &TemplateParameter::name),
            view.parameters.end());
  EXPECT_TRUE(view.parameters.front().required);
}

}  // namespace
}  // namespace sovereign::registry
