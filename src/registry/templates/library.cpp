#include "registry/templates/library.hpp"

namespace sovereign::registry {
namespace {

namespace elixir {
constexpr char kMix[] = {
#embed "files/opensentience-elixir/mix.exs.tmpl"
};
constexpr char kManifest[] = {
#embed "files/opensentience-elixir/opensentience.agent.json.tmpl"
};
constexpr char kAgent[] = {
#embed "files/opensentience-elixir/agent.ex.tmpl"
};
constexpr char kApplication[] = {
#embed "files/opensentience-elixir/application.ex.tmpl"
};
constexpr char kGreet[] = {
#embed "files/opensentience-elixir/greet.ex.tmpl"
};
constexpr char kCount[] = {
#embed "files/opensentience-elixir/count.ex.tmpl"
};
constexpr char kTest[] = {
#embed "files/opensentience-elixir/agent_test.exs.tmpl"
};
constexpr char kTestStart[] = {
#embed "files/opensentience-elixir/test_helper.exs.tmpl"
};
constexpr char kFormatter[] = {
#embed "files/opensentience-elixir/formatter.exs.tmpl"
};
constexpr char kIgnored[] = {
#embed "files/opensentience-elixir/gitignore.tmpl"
};
constexpr char kReadme[] = {
#embed "files/opensentience-elixir/README.md.tmpl"
};
}  // namespace elixir

namespace python {
constexpr char kAgent[] = {
#embed "files/python-a2a/agent.py.tmpl"
};
constexpr char kCard[] = {
#embed "files/python-a2a/agent-card.json.tmpl"
};
constexpr char kTest[] = {
#embed "files/python-a2a/test_agent.py.tmpl"
};
constexpr char kProject[] = {
#embed "files/python-a2a/pyproject.toml.tmpl"
};
constexpr char kContainer[] = {
#embed "files/python-a2a/Dockerfile.tmpl"
};
constexpr char kIgnored[] = {
#embed "files/python-a2a/dockerignore.tmpl"
};
constexpr char kReadme[] = {
#embed "files/python-a2a/README.md.tmpl"
};
}  // namespace python

namespace card {
constexpr char kCard[] = {
#embed "files/agent-card/agent-card.json.tmpl"
};
constexpr char kRegistration[] = {
#embed "files/agent-card/registration.json.tmpl"
};
constexpr char kPublish[] = {
#embed "files/agent-card/publish.sh.tmpl"
};
constexpr char kReadme[] = {
#embed "files/agent-card/README.md.tmpl"
};
}  // namespace card

template <std::size_t N>
constexpr std::string_view text_of(const char (&bytes)[N]) {
  return {bytes, N};
}

constexpr TemplateFile kElixirFiles[] = {
    {"README.md", text_of(elixir::kReadme)},
    {"mix.exs", text_of(elixir::kMix)},
    {"opensentience.agent.json", text_of(elixir::kManifest)},
    {"lib/{{app|word}}.ex", text_of(elixir::kAgent)},
    {"lib/{{app|word}}/application.ex", text_of(elixir::kApplication)},
    {"lib/{{app|word}}/tools/greet.ex", text_of(elixir::kGreet)},
    {"lib/{{app|word}}/tools/count.ex", text_of(elixir::kCount)},
    {"test/{{app|word}}_test.exs", text_of(elixir::kTest)},
    {"test/test_helper.exs", text_of(elixir::kTestStart)},
    {".formatter.exs", text_of(elixir::kFormatter)},
    {".gitignore", text_of(elixir::kIgnored)},
};

constexpr TemplateFile kPythonFiles[] = {
    {"README.md", text_of(python::kReadme)},       {"agent.py", text_of(python::kAgent)},
    {"agent-card.json", text_of(python::kCard)},   {"test_agent.py", text_of(python::kTest)},
    {"pyproject.toml", text_of(python::kProject)}, {"Dockerfile", text_of(python::kContainer)},
    {".dockerignore", text_of(python::kIgnored)},
};

constexpr TemplateFile kCardFiles[] = {
    {"README.md", text_of(card::kReadme)},
    {"agent-card.json", text_of(card::kCard)},
    {"registration.json", text_of(card::kRegistration)},
    {"publish.sh", text_of(card::kPublish), true},
};

constexpr Template kTemplates[] = {
    {"opensentience-elixir", "OpenSentience agent",
     "An Elixir agent that OpenSentience runs: manifest, two tools, tests.", "elixir",
     kElixirFiles},
    {"python-a2a", "A2A agent",
     "An A2A agent over HTTP in one file of Python without dependencies: card, message/send, "
     "tests, Dockerfile.",
     "python", kPythonFiles},
    {"agent-card", "Agent card",
     "An A2A agent card, the registration that carries it, and a script that publishes it.", "json",
     kCardFiles},
};

}  // namespace

std::span<const Template> template_library() { return kTemplates; }

}  // namespace sovereign::registry
