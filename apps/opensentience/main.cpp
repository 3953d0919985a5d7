// opensentience: the daemon and the commands that speak to it.
#include <fmt/format.h>

#include <exception>

#include "commands/commands.hpp"
#include "version.hpp"

namespace sovereign::opensentience {
namespace {

constexpr const char* kDescription =
    R"(Finds AI agents, and runs them on this machine with your approval, watched and stoppable.

Start with:   opensentience serve
Then:         opensentience registry add NAME URL && opensentience registry sync
              opensentience agents search "what you need")";

std::string footer() {
  return fmt::format(R"(
From finding to calling:
  opensentience agents install com.example.hello          fetches; executes nothing
  opensentience agents build com.example.hello            executes the agent's build, after asking
  opensentience agents enable com.example.hello --approve 'filesystem:read:~/notes/**'
  opensentience agents run com.example.hello
  opensentience tools call com.example.hello/greet '{{"name":"Ada"}}'

Everything is kept in ~/.opensentience, or where OPENSENTIENCE_HOME says.
Exit status: {}.)",
                     kExitCodes);
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "opensentience");
  app.footer(footer());
  app.set_version_flag("--version", fmt::format("opensentience {}", kVersion));
  app.require_subcommand(0, 1);
  app.fallthrough();
  Choice choice;
  app.add_flag("--json", choice.common.json, "Print JSON, as the API answers it");
  app.add_flag("--yes,-y", choice.common.yes, "Do not ask; go on");
  add_daemon_commands(app, choice);
  add_agent_commands(app, choice);
  add_tool_commands(app, choice);
  add_registry_commands(app, choice);
  add_audit_commands(app, choice);
  add_access_commands(app, choice);
  add_completion_command(app, choice);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUse;
  }
  if (choice.run_alone) return choice.run_alone();
  if (!choice.run) {
    fmt::print(stderr, "{}", app.help());
    return kWrongUse;
  }
  auto home = core::Home::of_environment();
  if (!home) {
    fmt::print(stderr, "opensentience: {}\n", home.error().detail);
    return kFailed;
  }
  Session session(std::move(*home), choice.common);
  return choice.run(session);
}

}  // namespace
}  // namespace sovereign::opensentience

int main(int argc, char** argv) {
  try {
    return sovereign::opensentience::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "opensentience: {}\n", error.what());
    return sovereign::opensentience::kFailed;
  }
}
