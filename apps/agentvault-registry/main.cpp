// agentvault-registry: reads the command line, then hands over to a command.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "commands/commands.hpp"
#include "settings.hpp"
#include "version.hpp"

extern char** environ;

namespace sovereign::registry_app {
namespace {

constexpr const char* kDescription =
    R"(A registry of AI agents: developers publish them, anyone finds them.

Start with:   agentvault-registry serve
Then open:    http://127.0.0.1:8000/docs)";

constexpr const char* kFooter = R"(
Every setting can also be given in a TOML file (--config, or AGENTVAULT_CONFIG) or in the environment;
--print-config lists them all with their meaning. Command line wins over environment, environment over file.

Exit status: 0 done, 1 failed, 2 wrong use or a bad setting.)";

/// What the command line asks for.
struct CommandLine {
  config::Sources sources;
  bool print_config = false;
  ServeOptions serve;
  AdminOptions admin;
  ImportOptions import_;
  ExportOptions export_;
  DemoOptions demo;
  std::string backup_file;
  std::string shell = "bash";
};

std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    names.emplace_back(*entry, std::strchr(*entry, '=') - *entry);
  }
  return names;
}

void add_setting_flags(CLI::App& app, config::Sources& sources) {
  for (const config::Row& row : setting_table().rows) {
    const auto flag = config::flag_of(row);
    if (flag.empty()) continue;
    auto* option =
        app.add_option(flag, sources.flags[std::string(row.key)], std::string(row.description));
    option->group("Settings");
    option->type_name("");
    if (!row.place.is_list) option->expected(1);
  }
}

void add_commands(CLI::App& app, CommandLine& line) {
  auto* serve = app.add_subcommand("serve", "Serve the registry until SIGINT or SIGTERM");
  serve->add_flag("--examples", line.serve.examples,
                  "Fill an empty store with a few example agents");

  auto* admin = app.add_subcommand("admin", "Manage administrators")->require_subcommand(1);
  auto* create = admin->add_subcommand(
      "create", "Make an administrator; the password comes from standard input");
  create->add_option("--email", line.admin.email, "Address to sign in with")->required();
  create->add_option("--username", line.admin.username, "Name shown to others")->required();
  create->add_flag("--promote", line.admin.promote,
                   "Make an existing account an administrator, keeping its password");

  auto* import_ =
      app.add_subcommand("import", "Add or update agents from JSON lines, by humanReadableId");
  import_->add_option("FILE", line.import_.file, "One registration a line; - for standard input")
      ->required();
  import_->add_option("--owner", line.import_.owner_email,
                      "Email of the account that will own them");

  auto* export_ = app.add_subcommand("export", "Write all agents as JSON lines that import takes");
  export_->add_option("FILE", line.export_.file, "Where to; - for standard output")
      ->capture_default_str();

  auto* demo =
      app.add_subcommand("demo-data", "Add made-up agents, the same ones for the same seed");
  demo->add_option("--count", line.demo.count, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  demo->add_option("--seed", line.demo.seed, "Which ones")->capture_default_str();

  auto* backup =
      app.add_subcommand("backup", "Copy the SQLite database to FILE while it is in use");
  backup->add_option("FILE", line.backup_file, "Where to")->required();

  auto* completion = app.add_subcommand("completion", "Print a shell's completion script");
  completion->add_option("SHELL", line.shell, "bash")->capture_default_str();
}

int run_command(const CLI::App& app, const CommandLine& line, const Settings& settings) {
  const auto chosen = [&](const char* name) { return app.got_subcommand(name); };
  if (chosen("serve")) return serve(settings, line.serve);
  if (chosen("admin")) return create_admin(settings, line.admin);
  if (chosen("import")) return import_agents(settings, line.import_);
  if (chosen("export")) return export_agents(settings, line.export_);
  if (chosen("demo-data")) return load_demo_data(settings, line.demo);
  if (chosen("backup")) return backup(settings, line.backup_file);
  return kWrongUse;
}

int run(int argc, char** argv) {
  CLI::App app(kDescription, "agentvault-registry");
  app.footer(kFooter);
  app.set_version_flag("--version", fmt::format("agentvault-registry {}", kVersion));
  app.fallthrough();
  CommandLine line;
  app.add_option("--config", line.sources.file, "TOML file with settings")
      ->envname("AGENTVAULT_CONFIG");
  app.add_flag("--print-config", line.print_config,
               "Print the settings in force, with secrets masked, and end");
  add_setting_flags(app, line.sources);
  add_commands(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kWrongUse;
  }
  if (app.got_subcommand("completion")) return print_completion(line.shell);
  line.sources.environment = [](const char* name) { return std::getenv(name); };
  line.sources.environment_names = environment_names();
  const auto settings = load_settings(line.sources);
  if (!settings) {
    fmt::print(stderr, "agentvault-registry: {}\n", settings.error().detail);
    return kWrongUse;
  }
  if (line.print_config) {
    fmt::print("{}", print_settings(*settings));
    return kDone;
  }
  if (app.get_subcommands().empty()) {
    fmt::print(stderr, "{}", app.help());
    return kWrongUse;
  }
  return run_command(app, line, *settings);
}

}  // namespace

int report(const Error& error) {
  fmt::print(stderr, "agentvault-registry: {}\n", error.detail);
  for (const auto& field : error.fields)
    fmt::print(stderr, "  {}: {}\n", field.pointer, field.message);
  if (!error.context.empty()) fmt::print(stderr, "  ({})\n", error.context);
  return kFailed;
}

}  // namespace sovereign::registry_app

int main(int argc, char** argv) {
  try {
    return sovereign::registry_app::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "agentvault-registry: {}\n", error.what());
    return sovereign::registry_app::kFailed;
  }
}
