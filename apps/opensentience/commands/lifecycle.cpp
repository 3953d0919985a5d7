// opensentience agents install ... uninstall: the way of an agent onto this machine, step by step.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "base/encoding.hpp"
#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/agent_targets.hpp"
#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

struct Target {
  std::string id;
  std::string registry;
  std::string ref;
  std::string restart;
  std::vector<std::string> approve;
  std::string manifest_hash;
  bool all = false;
  bool none = false;
  bool apply = false;
  bool dangerous = false;
  bool keep_data = false;
  bool pending = false;
  bool no_wait = false;
};

void print_warnings(const View& answer) {
  for (const auto& warning : answer["warnings"].items()) {
    fmt::print(stderr, "warning: {}\n",
               warning.text().empty() ? warning["message"].text() : warning.text());
  }
}

int install(Session& session, const Target& target) {
  json::Object body;
  if (!target.registry.empty()) body["registry"] = target.registry;
  if (!target.ref.empty()) body["ref"] = target.ref;
  const auto answer = session.post(agent_target(target.id, "/install"), body);
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View installed(*answer);
  fmt::print("Fetched {} at {}; nothing was executed.\n", target.id,
             installed["commit"].text().substr(0, 12));
  print_warnings(installed);
  fmt::print("Next, its build executes third-party code: opensentience agents build {}\n",
             target.id);
  return kDone;
}

int build(Session& session, const Target& target) {
  const auto asked = session.confirm(
      fmt::format("Building {} executes third-party code on this machine, as you.", target.id));
  if (!asked) return asked.error().exit_code;
  json::Object body{{"confirm", true}};
  if (target.pending) body["tree"] = "pending";
  const auto answer = session.post(agent_target(target.id, "/build"), body);
  if (!answer) {
    if (!session.options().json) {
      fmt::print(stderr, "Its output: opensentience agents build-log {}\n", target.id);
    }
    return answer.error().exit_code;
  }
  if (session.printed_as_json(*answer)) return kDone;
  const View built(*answer);
  for (const auto& step : built["steps"].items()) {
    fmt::print("  {:<18}{}\n", step["name"].text(), duration(step["duration_ms"].number()));
  }
  print_warnings(built);
  fmt::print("Built. What it wants: opensentience agents info {}\n", target.id);
  return kDone;
}

int build_log(Session& session, const Target& target) {
  const auto answer = session.get(agent_target(target.id, "/build"));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  for (const auto& step : View(*answer)["steps"].items()) {
    fmt::print("== {} (exit {}, {})\n{}\n", step["name"].text(), step["exit_code"].text(),
               duration(step["duration_ms"].number()), printable_lines(step["output"].raw()));
  }
  return kDone;
}

/// Asks for each permission; nothing when the person gave up.
std::vector<std::string> choose_permissions(const View& requested) {
  std::vector<std::string> chosen;
  for (const auto& permission : requested.items()) {
    const auto question =
        fmt::format("{}\n  {} (risk: {})\n  Allow it?", permission["permission"].text(),
                    permission["description"].text(), permission["risk"].text());
    if (ask(question)) chosen.push_back(permission["permission"].raw());
  }
  return chosen;
}

/// All that it asks for; what has no effect is approved by name only.
json::Array all_with_effect(const View& requested) {
  json::Array all;
  for (const auto& permission : requested.items()) {
    if (permission["enforcement"].text() == "unrecognised") {
      fmt::print(stderr, "not approved, as the Core does not know it: {}\n",
                 permission["permission"].text());
    } else {
      all.emplace_back(permission["permission"].raw());
    }
  }
  return all;
}

/// Whether the command line says what to allow.
bool names_permissions(const Target& target) {
  return !target.approve.empty() || target.all || target.none;
}

/// The body of an approval: what was named, all with --approve-all, or what the person picks.
Answer<json::Object> approval_body(Session& session, const Target& target) {
  json::Object body;
  if (target.dangerous) body["allow_dangerous"] = true;
  if (!target.manifest_hash.empty()) body["manifest_hash"] = target.manifest_hash;
  if (!target.approve.empty()) {
    body["permissions"] = json::Array(target.approve.begin(), target.approve.end());
    return body;
  }
  auto permissions = session.get(agent_target(target.id, "/permissions"));
  if (!permissions) return std::unexpected(permissions.error());
  const View view(*permissions);
  body["manifest_hash"] = view["manifest_hash"].raw();
  json::Array chosen;
  if (target.all) {
    chosen = all_with_effect(view["permissions"]);
  } else if (!target.none && !view["permissions"].items().empty()) {
    if (!can_ask()) {
      fmt::print(stderr,
                 "opensentience: name what you allow: --approve PERMISSION,..., --approve-all or "
                 "--approve-none\n");
      return std::unexpected(Refusal{kWrongUse});
    }
    for (auto& text : choose_permissions(view["permissions"])) chosen.emplace_back(std::move(text));
  }
  body["permissions"] = std::move(chosen);
  return body;
}

int enable(Session& session, const Target& target) {
  const auto known = session.get(agent_target(target.id));
  if (!known) return known.error().exit_code;
  json::Object body;
  // What was only disabled comes back as it was approved.
  const bool resumes =
      View(*known)["enablement"].text() == "suspended" && !names_permissions(target);
  if (!resumes) {
    auto approval = approval_body(session, target);
    if (!approval) return approval.error().exit_code;
    body = std::move(*approval);
  }
  const auto answer = session.post(agent_target(target.id, "/enable"), body);
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  fmt::print("Enabled with {} permissions. Run it: opensentience agents run {}\n",
             View(*answer)["approval"]["permissions"].items().size(), target.id);
  return kDone;
}

/// For verbs that take nothing and answer with what became of the agent.
int act(Session& session, const Target& target, std::string_view action, std::string_view done,
        json::Object body = {}) {
  const auto answer = session.post(agent_target(target.id, action), body);
  if (!answer) return answer.error().exit_code;
  if (!session.printed_as_json(*answer)) fmt::print("{} {}.\n", done, target.id);
  return kDone;
}

/// Waits until the agent has registered its tools, or is not on its way there any more.
int await_ready(Session& session, const Target& target) {
  constexpr auto look_again = std::chrono::milliseconds(100);
  for (;;) {
    const auto agent = session.get(agent_target(target.id));
    if (!agent) return agent.error().exit_code;
    const View states = View(*agent)["states"];
    if (states["connection"].text() == "ready") break;
    if (const auto run = states["run"].text(); run != "starting" && run != "running") {
      fmt::print(stderr,
                 "It ended before it was ready ({}). What it said: opensentience agents logs {}\n",
                 run, target.id);
      return kFailed;
    }
    std::this_thread::sleep_for(look_again);
  }
  const auto tools = session.get("/api/v1/tools?agent=" + base::percent_encode(target.id));
  if (!tools) return tools.error().exit_code;
  fmt::print("{} is ready with {} tools: opensentience agents tools {}\n", target.id,
             View(*tools)["tools"].items().size(), target.id);
  return kDone;
}

int run(Session& session, const Target& target, std::string_view action) {
  json::Object body;
  if (!target.restart.empty()) body["restart"] = target.restart;
  const auto answer = session.post(agent_target(target.id, action), body);
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  fmt::print("Started {} as process {}.\n", target.id, View(*answer)["pid"].text());
  return target.no_wait ? kDone : await_ready(session, target);
}

/// After a switch to another version.
void print_restart(const View& answer, const std::string& id) {
  if (answer["started_again"].flag()) {
    fmt::print("It runs again.\n");
  } else {
    fmt::print("It does not run. Start it: opensentience agents run {}\n", id);
  }
}

void print_update(const View& update, const std::string& id) {
  const View diff = update["permissions"];
  for (const auto& added : diff["added"].items()) fmt::print("  + {}\n", added.text());
  for (const auto& removed : diff["removed"].items()) fmt::print("  - {}\n", removed.text());
  print_warnings(update);
  const auto state = update["state"].text();
  if (state == "pending") {
    fmt::print(
        "{} lies ready beside the old version. To switch to it:\n"
        "  opensentience agents update {} --apply --approve PERMISSION,...\n",
        update["pending"]["commit"].text().substr(0, 12), id);
  } else {
    const bool is_applied = state == "applied";
    fmt::print("{} is {} {}.\n", id, is_applied ? "switched to" : "up to date at",
               update["current"]["commit"].text().substr(0, 12));
    if (is_applied) print_restart(update, id);
  }
}

int update(Session& session, const Target& target) {
  json::Object body;
  if (target.apply) {
    auto approval = json::Object{{"apply", true}};
    if (!target.approve.empty()) {
      approval["permissions"] = json::Array(target.approve.begin(), target.approve.end());
    }
    if (!target.manifest_hash.empty()) approval["manifest_hash"] = target.manifest_hash;
    body = std::move(approval);
  } else {
    const auto asked = session.confirm(fmt::format(
        "Updating {} fetches and builds its new version, which executes third-party code.",
        target.id));
    if (!asked) return asked.error().exit_code;
    body["confirm"] = true;
    if (!target.ref.empty()) body["ref"] = target.ref;
  }
  const auto answer = session.post(agent_target(target.id, "/update"), body);
  if (!answer) return answer.error().exit_code;
  if (!session.printed_as_json(*answer)) print_update(*answer, target.id);
  return kDone;
}

int rollback(Session& session, const Target& target) {
  const auto answer = session.post(agent_target(target.id, "/rollback"));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View view(*answer);
  print_warnings(view);
  fmt::print("{} is switched back to {}.\n", target.id, view["to_commit"].text().substr(0, 12));
  if (view["approval_id"].exists()) {
    print_restart(view, target.id);
  } else {
    fmt::print("Nothing is approved for it now: opensentience agents enable {}\n", target.id);
  }
  return kDone;
}

int uninstall(Session& session, const Target& target) {
  const auto asked = session.confirm(
      fmt::format("Remove {}{}?", target.id,
                  target.keep_data ? ", but not its data" : " and everything it wrote"));
  if (!asked) return asked.error().exit_code;
  const auto query = target.keep_data ? "?keep_data=true" : "";
  const auto answer = session.send(http::Method::delete_, agent_target(target.id) + query);
  if (!answer) return answer.error().exit_code;
  if (!session.options().json) fmt::print("Removed {}.\n", target.id);
  return kDone;
}

}  // namespace

void add_lifecycle_commands(CLI::App& agents, Choice& choice) {
  using Run = std::function<int(Session&, const Target&)>;
  const auto add = [&](const char* name, const char* help, Run run) {
    auto target = std::make_shared<Target>();
    auto* command = agents.add_subcommand(name, help);
    command->add_option("AGENT", target->id, "Its id: com.example.hello")->required();
    command->callback([&choice, target, run = std::move(run)] {
      choice.run = [target, run](Session& session) { return run(session, *target); };
    });
    return std::pair{command, target};
  };
  const auto add_approval = [](CLI::App& command, Target& target) {
    command
        .add_option("--approve", target.approve, "Allow these permissions, exactly as requested")
        ->delimiter(',');
    command.add_option("--manifest-hash", target.manifest_hash,
                       "Refuse unless this is the manifest: what you looked at");
  };

  auto [install_command, installed] = add("install", "Fetch its source; executes nothing", install);
  install_command->add_option("--registry", installed->registry, "From this registry");
  install_command->add_option("--ref", installed->ref, "This branch, tag or commit");
  auto [build_command, built] =
      add("build", "Compile it: executes third-party code, after asking", build);
  build_command->add_flag("--pending", built->pending, "The update that waits, not what runs");
  add("build-log", "What its last build printed", build_log);
  auto [enable_command, enabled] = add("enable", "Allow it some of what it asks for", enable);
  add_approval(*enable_command, *enabled);
  auto* all = enable_command->add_flag("--approve-all", enabled->all,
                                       "Allow everything it asks for that the Core knows");
  auto* none =
      enable_command->add_flag("--approve-none", enabled->none, "Let it run without permissions");
  auto* named = enable_command->get_option("--approve");
  all->excludes(none, named);
  none->excludes(named);
  enable_command->add_flag("--allow-dangerous", enabled->dangerous,
                           "Also what lets it call every tool");
  add("disable", "Stop it and let it run no more; what you allowed is kept",
      [](Session& session, const Target& target) {
        return act(session, target, "/disable", "Disabled");
      });
  add("revoke", "Stop it and take back what you allowed",
      [](Session& session, const Target& target) {
        return act(session, target, "/revoke", "Revoked the approval of");
      });
  auto [run_command, started] =
      add("run", "Start it as a process of its own",
          [](Session& session, const Target& target) { return run(session, target, "/run"); });
  auto [restart_command, restarted] =
      add("restart", "Stop it if it runs, and start it",
          [](Session& session, const Target& target) { return run(session, target, "/restart"); });
  run_command->add_option("--restart", started->restart, "never, on-failure or always");
  restart_command->add_option("--restart", restarted->restart, "never, on-failure or always");
  run_command->add_flag("--no-wait", started->no_wait, "Do not wait for its tools");
  restart_command->add_flag("--no-wait", restarted->no_wait, "Do not wait for its tools");
  add("stop", "Stop it and everything it started", [](Session& session, const Target& target) {
    return act(session, target, "/stop", "Stopped");
  });
  auto [update_command, updated] =
      add("update", "Fetch and build its new version beside the old one", update);
  update_command->add_option("--ref", updated->ref, "This branch, tag or commit");
  update_command->add_flag("--apply", updated->apply, "Switch to the version that lies ready");
  add_approval(*update_command, *updated);
  add("rollback", "Switch back to the version before", rollback);
  auto [uninstall_command, uninstalled] = add("uninstall", "Remove it", uninstall);
  uninstall_command->add_flag("--keep-data", uninstalled->keep_data, "Keep what it wrote");
}

}  // namespace sovereign::opensentience
