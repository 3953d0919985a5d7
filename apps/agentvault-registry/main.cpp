// agentvault-registry: reads the command line, then hands over to a command.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "commands/commands.hpp"
#include "commands/peers.hpp"
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
  PeerOptions peer;
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

/// The verbs of `peer` that only change the status of one.
struct PeerVerb {
  const char* name;
  const char* description;
  registry::PeerAction action;
};
constexpr PeerVerb kPeerVerbs[] = {
    {"approve", "Make a proposed peer active; makes a token unless it is given",
     registry::PeerAction::approve},
    {"reject", "Turn a proposal down", registry::PeerAction::reject},
    {"deactivate", "Neither ask a peer nor answer it", registry::PeerAction::deactivate},
    {"reactivate", "Ask and answer a peer again", registry::PeerAction::reactivate}};

void add_token_option(CLI::App& command, PeerOptions& options) {
  command.add_flag("--token-stdin", options.token_stdin,
                   "Read the pair's token from standard input instead of making one");
}

void add_peer_option(CLI::App& command, PeerOptions& options) {
  command.add_option("PEER", options.peers, "Its name, URL or id")->required()->expected(1);
}

void add_peer_commands(CLI::App& app, PeerOptions& options) {
  auto* peer = app.add_subcommand("peer", "Registries that are searched together with this one")
                   ->require_subcommand(1);
  auto* add = peer->add_subcommand("add", "Add an active peer; makes a token unless it is given");
  add->add_option("URL", options.url, "Base URL of the peer")->required();
  add->add_option("--name", options.name, "What to call it; what it says of itself when left out");
  add->add_option("--contact", options.contact, "Who to write to");
  add->add_option("--description", options.description, "For people");
  add->add_option("--mode", options.mode, "query: ask it live; replicate: follow its changes")
      ->capture_default_str()
      ->check(CLI::IsMember({"query", "replicate"}));
  add->add_option("--tls-pin", options.tls_pin, "sha256//BASE64 of its certificate's public key");
  add_token_option(*add, options);

  peer->add_subcommand("list", "List peers and proposals");
  auto* check = peer->add_subcommand("check", "Contact peers and say what is wrong, if anything");
  check->add_option("PEER", options.peers, "Names, URLs or ids; all active ones when left out");
  add_peer_option(*peer->add_subcommand("remove", "Forget a peer and its tokens"), options);
  for (const auto& [name, description, action] : kPeerVerbs) {
    auto* command = peer->add_subcommand(name, description);
    add_peer_option(*command, options);
    if (action == registry::PeerAction::approve) add_token_option(*command, options);
  }
  for (auto* command : peer->get_subcommands({})) {
    command->add_flag("--json", options.json, "Print JSON");
    command->add_option("--ca-file", options.ca_file, "PEM roots to trust instead of the system's");
  }
}

void add_commands(CLI::App& app, CommandLine& line) {
  add_peer_commands(app, line.peer);
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

int run_peer_command(const CLI::App& peer, const PeerOptions& options, const Settings& settings) {
  if (peer.got_subcommand("add")) return add_peer(settings, options);
  if (peer.got_subcommand("list")) return list_peers(settings, options);
  if (peer.got_subcommand("check")) return check_peers(settings, options);
  if (peer.got_subcommand("remove")) return remove_peer(settings, options);
  for (const auto& [name, description, action] : kPeerVerbs) {
    if (peer.got_subcommand(name)) return change_peer(settings, options, action);
  }
  return kWrongUse;
}

int run_command(const CLI::App& app, const CommandLine& line, const Settings& settings) {
  const auto chosen = [&](const char* name) { return app.got_subcommand(name); };
  if (chosen("serve")) return serve(settings, line.serve);
  if (chosen("admin")) return create_admin(settings, line.admin);
  if (chosen("import")) return import_agents(settings, line.import_);
  if (chosen("export")) return export_agents(settings, line.export_);
  if (chosen("demo-data")) return load_demo_data(settings, line.demo);
  if (chosen("peer")) return run_peer_command(*app.get_subcommand("peer"), line.peer, settings);
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
