// opensentience agents: finding agents and reading what they are and want.
#include <fmt/format.h>

#include <memory>
#include <vector>

#include "base/encoding.hpp"
#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/agent_targets.hpp"
#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

struct ListOptions {
  std::string text;
  std::string status;
  std::string origin;
  std::vector<std::string> capabilities;
  std::vector<std::string> integrations;
  std::int64_t limit = 100;
};

std::string list_target(const ListOptions& options) {
  std::string target = fmt::format("/api/v1/agents?per_page={}", options.limit);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) target += fmt::format("&{}={}", name, base::percent_encode(value));
  };
  add("q", options.text);
  add("status", options.status);
  add("origin", options.origin);
  for (const auto& capability : options.capabilities) add("capability", capability);
  for (const auto& integration : options.integrations) add("integration_point", integration);
  return target;
}

std::string state_of(const View& agent) {
  auto state = agent["status"].text();
  const auto health = agent["health"].text();
  if (state == "running" && health != "unknown") state += ", " + health;
  if (agent["enablement"].text() == "drifted") state += ", drifted";
  if (agent["has_update"].flag()) state += ", update ready";
  return state;
}

int list(Session& session, const ListOptions& options) {
  const auto answer = session.get(list_target(options));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  TextTable table({"AGENT", "VERSION", "STATE", "DESCRIPTION"});
  const View view(*answer);
  const auto agents = view["agents"].items();
  for (const auto& agent : agents) {
    table.add({agent["agent_id"].text(), agent["version"].text(), state_of(agent),
               agent["description"].text()});
  }
  if (agents.empty()) {
    fmt::print("{}\n", options.text.empty()
                           ? "No agents yet. Add a registry (opensentience registry add) or look "
                             "into your folders (opensentience agents scan)."
                           : "Nothing found.");
    return kDone;
  }
  fmt::print("{}", table.text(terminal_width()));
  const auto total = view["total"].number();
  if (total > static_cast<double>(agents.size())) {
    fmt::print("{} of {}; --limit shows more.\n", agents.size(), total);
  }
  return kDone;
}

int scan(Session& session) {
  const auto answer = session.post("/api/v1/agents/scan");
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View report(*answer);
  fmt::print("{} manifests: {} new, {} changed, {} gone ({})\n", report["found"].text(),
             report["added"].items().size(), report["changed"].items().size(),
             report["missing"].items().size(), duration(report["duration_ms"].number()));
  for (const auto& problem : report["problems"].items()) {
    fmt::print("  {}: {}\n", problem["path"].text(), problem["message"].text());
  }
  return kDone;
}

void print_line(std::string_view name, const std::string& value) {
  if (!value.empty()) fmt::print("  {:<14}{}\n", name, value);
}

void print_permissions(const View& permissions) {
  for (const auto& permission : permissions.items()) {
    fmt::print("  [{}] {}\n      {}", permission["is_approved"].flag() ? "x" : " ",
               permission["permission"].text(), permission["description"].text());
    if (const auto reason = permission["risk_reason"].text(); !reason.empty()) {
      fmt::print(" {} risk: {}", permission["risk"].text(), reason);
    }
    if (permission["enforcement"].text() != "core") fmt::print(" (nothing enforces it yet)");
    fmt::print("\n");
  }
}

void print_difference(std::string_view title, const View& difference) {
  if (!difference.exists()) return;
  fmt::print("\n{}\n", title);
  for (const auto& added : difference["added"].items()) fmt::print("  + {}\n", added.text());
  for (const auto& removed : difference["removed"].items()) fmt::print("  - {}\n", removed.text());
  fmt::print("  manifest {} -> {}\n", difference["old_manifest_hash"].text().substr(0, 12),
             difference["new_manifest_hash"].text().substr(0, 12));
}

void print_facts(const View& agent) {
  fmt::print("{} {} ({})\n{}\n\n", agent["name"].text(), agent["version"].text(),
             agent["agent_id"].text(), agent["description"].text());
  const View states = agent["states"];
  print_line("state", state_of(agent));
  print_line("install", states["install"].text());
  print_line("build", states["build"].text());
  print_line("enabled", states["enablement"].text());
  const View source = agent["source"];
  print_line("source", source["git_url"].text());
  print_line("ref", source["git_ref"].text());
  print_line("commit", source["git_commit"].text());
  print_line("registry", source["registry"].text());
  if (source["is_mutable"].flag()) print_line("", "its code can change at any time");
  print_line("publisher", agent["identity"]["publisher"].text());
  print_line("verified", agent["identity"]["verification"].text());
  print_line("manifest", agent["manifest"]["hash"].text());
  print_line("folder", agent["execution"]["folder"].text());
  print_line("keywords", agent["keywords"].joined());
  print_line("last error", agent["execution"]["last_error"].text());
}

int info(Session& session, const std::string& id) {
  const auto answer = session.get(agent_target(id));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View agent(*answer);
  print_facts(agent);
  const View permissions = agent["permissions"];
  if (permissions["permissions"].items().empty()) {
    fmt::print("\nIt asks for no permissions.\n");
  } else {
    fmt::print("\nPermissions (x: approved):\n");
    print_permissions(permissions["permissions"]);
  }
  print_difference("It is not what was approved:", permissions["drift"]);
  print_difference("A newer version waits for your approval:", permissions["update"]["changes"]);
  for (const auto& problem : agent["manifest"]["problems"].items()) {
    fmt::print("{} in the manifest: {}: {}\n", problem["severity"].text(), problem["path"].text(),
               problem["message"].text());
  }
  for (const auto& copy : agent["shadowed"].items()) {
    fmt::print("another copy, not used: {}\n", copy["manifest_path"].text());
  }
  return kDone;
}

void print_list(std::string_view title, const View& list) {
  if (list.items().empty()) return;
  fmt::print("\n{}\n", title);
  for (const auto& line : list.items()) fmt::print("  - {}\n", line.text());
}

int explain(Session& session, const std::string& id) {
  const auto answer = session.get(agent_target(id, "/explain"));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View explanation(*answer);
  fmt::print("{}\n", explanation["summary"].text());
  print_list("It may:", explanation["may"]);
  print_list("It asks for, and may not:", explanation["asks_for"]);
  print_list("Declared by the agent, and enforced by nothing in this version:",
             explanation["not_prevented"]);
  print_list("Mind:", explanation["warnings"]);
  return kDone;
}

int tools(Session& session, const std::string& id) {
  const auto answer = session.get("/api/v1/tools?agent=" + base::percent_encode(id));
  if (!answer) return answer.error().exit_code;
  return print_tools(session, *answer);
}

}  // namespace

void add_agent_commands(CLI::App& app, Choice& choice) {
  auto* agents = app.add_subcommand("agents", "Find, install, approve, run and stop agents")
                     ->require_subcommand(1);
  auto options = std::make_shared<ListOptions>();
  auto* list_command = agents->add_subcommand("list", "Agents that are known");
  auto* search = agents->add_subcommand("search", "Agents by words; nothing is executed");
  search->add_option("TEXT", options->text, "What to look for")->required();
  for (auto* command : {list_command, search}) {
    command->add_option("--status", options->status,
                        "error, running, enabled, installed, local_dev or local_uninstalled");
    command->add_option("--origin", options->origin, "local_dev, registry_available or installed");
    command->add_option("--capability", options->capabilities, "Only those with all of these");
    command->add_option("--integration", options->integrations, "Only those with all of these");
    command->add_option("--limit", options->limit, "How many")
        ->capture_default_str()
        ->check(CLI::Range(1, 500));
    command->callback([&choice, options] {
      choice.run = [options](Session& session) { return list(session, *options); };
    });
  }
  agents->add_subcommand("scan", "Look for agents in your folders; nothing is executed")
      ->callback([&choice] { choice.run = scan; });

  const auto add = [&](const char* name, const char* help,
                       int (*run)(Session&, const std::string&)) {
    auto id = std::make_shared<std::string>();
    auto* command = agents->add_subcommand(name, help);
    command->add_option("AGENT", *id, "Its id: com.example.hello")->required();
    command->callback([&choice, id, run] {
      choice.run = [id, run](Session& session) { return run(session, *id); };
    });
  };
  add("info", "What one agent is, wants and is allowed", info);
  add("explain", "What running it would allow, in words", explain);
  add("tools", "The tools it registered", tools);
  add_lifecycle_commands(*agents, choice);
  add_log_command(*agents, choice);
}

}  // namespace sovereign::opensentience
