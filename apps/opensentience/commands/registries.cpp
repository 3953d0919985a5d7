// opensentience registry: where agents are found, besides folders.
#include <fmt/format.h>

#include <memory>

#include "base/encoding.hpp"
#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

struct NewRegistry {
  std::string name;
  std::string url;
  std::string ref;
  bool allow_file = false;
};

std::string target_of(const std::string& name) {
  return "/api/v1/registries/" + base::percent_encode(name);
}

void print_sync(const View& result) {
  fmt::print("{}: {} agents ({} new, {} changed, {} removed) at {} in {}\n",
             result["registry"].text(), result["entries"].text(), result["added"].text(),
             result["changed"].text(), result["removed"].text(),
             result["commit"].text().substr(0, 12), duration(result["duration_ms"].number()));
  for (const auto& problem : result["invalid"].items()) {
    fmt::print("  left out {}: {}\n", problem["file"].text(), problem["detail"].text());
  }
}

int add(Session& session, const NewRegistry& registry) {
  json::Object body{{"name", registry.name}, {"url", registry.url}};
  if (!registry.ref.empty()) body["ref"] = registry.ref;
  if (registry.allow_file) body["allow_file"] = true;
  const auto answer = session.post("/api/v1/registries", body);
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View view(*answer);
  fmt::print("Added {} ({}). Fetch what it lists: opensentience registry sync {}\n",
             view["name"].text(), view["url"].text(), view["name"].text());
  return kDone;
}

int list(Session& session) {
  const auto answer = session.get("/api/v1/registries");
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  TextTable table({"NAME", "AGENTS", "SYNCED", "URL"});
  for (const auto& registry : View(*answer)["registries"].items()) {
    const auto synced = registry["synced_at"].time();
    auto when = synced ? relative_time(*synced, session.clock().now()) : std::string("never");
    if (!registry["last_error"].text().empty()) when += ", failed since";
    table.add({registry["name"].text(), registry["entries"].text(), when, registry["url"].text()});
  }
  if (table.empty()) {
    fmt::print("No registries yet. Add one: opensentience registry add NAME URL\n");
  } else {
    fmt::print("{}", table.text(terminal_width()));
  }
  return kDone;
}

int remove(Session& session, const std::string& name) {
  const auto asked = session.confirm(
      fmt::format("Remove the registry {} and what it lists? Installed agents stay.", name));
  if (!asked) return asked.error().exit_code;
  const auto answer = session.send(http::Method::delete_, target_of(name));
  if (!answer) return answer.error().exit_code;
  if (!session.options().json) fmt::print("Removed {}.\n", name);
  return kDone;
}

int sync_one(Session& session, const std::string& name) {
  const auto answer = session.post(target_of(name) + "/sync");
  if (!answer) return answer.error().exit_code;
  if (!session.printed_as_json(*answer)) print_sync(*answer);
  return kDone;
}

int sync_all(Session& session) {
  const auto answer = session.post("/api/v1/registries/sync");
  if (!answer) return answer.error().exit_code;
  const bool as_json = session.printed_as_json(*answer);
  int code = kDone;
  const auto outcomes = View(*answer)["registries"].items();
  for (const auto& outcome : outcomes) {
    const bool failed = !outcome["result"].exists();
    if (failed) code = kFailed;
    if (as_json) continue;
    if (failed) {
      fmt::print(stderr, "{}: {} [{}]\n", outcome["registry"].text(), outcome["detail"].text(),
                 outcome["code"].text());
    } else {
      print_sync(outcome["result"]);
    }
  }
  if (outcomes.empty() && !as_json) {
    fmt::print("No registries yet. Add one: opensentience registry add NAME URL\n");
  }
  return code;
}

}  // namespace

void add_registry_commands(CLI::App& app, Choice& choice) {
  auto* registry =
      app.add_subcommand("registry", "Git repositories that list agents")->require_subcommand(1);

  auto added = std::make_shared<NewRegistry>();
  auto* add_command = registry->add_subcommand("add", "Add a registry; nothing is fetched yet");
  add_command->add_option("NAME", added->name, "What you call it: a-z 0-9 _ -")->required();
  add_command->add_option("URL", added->url, "https://, ssh:// or user@host:path")->required();
  add_command->add_option("--ref", added->ref, "Branch or tag; its HEAD otherwise");
  add_command->add_flag("--allow-file", added->allow_file,
                        "Let it, and the agents it lists, be folders of this machine");
  add_command->callback([&choice, added] {
    choice.run = [added](Session& session) { return add(session, *added); };
  });

  registry->add_subcommand("list", "Registries and when they were synced")->callback([&choice] {
    choice.run = list;
  });

  auto name = std::make_shared<std::string>();
  auto* remove_command = registry->add_subcommand("remove", "Forget a registry");
  remove_command->add_option("NAME", *name, "Which one")->required();
  remove_command->callback([&choice, name] {
    choice.run = [name](Session& session) { return remove(session, *name); };
  });

  auto* sync = registry->add_subcommand("sync", "Fetch what registries list; nothing is installed");
  sync->add_option("NAME", *name, "Only this one");
  sync->callback([&choice, name] {
    choice.run = [name](Session& session) {
      return name->empty() ? sync_all(session) : sync_one(session, *name);
    };
  });
}

}  // namespace sovereign::opensentience
