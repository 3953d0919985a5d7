// opensentience serve, status, doctor: the daemon itself.
#include "daemon/daemon.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/commands.hpp"
#include "commands/doctor.hpp"
#include "operations/program.hpp"

extern char** environ;

namespace sovereign::opensentience {
namespace {

struct ServeOptions {
  config::FlagValues flags;
  std::string file;
  bool print_config = false;
};

/// Tells systemd, when it is there (sd_notify(3)).
void notify_service_manager(std::string_view state) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (*path != '/' && *path != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int notifier = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (notifier < 0) return;
  (void)::sendto(notifier, state.data(), state.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address),
                 static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
  ::close(notifier);
}

Result<Settings> settings_for(const core::Home& home, const ServeOptions& options) {
  config::Sources sources{.flags = options.flags,
                          .environment = [](const char* name) { return std::getenv(name); },
                          .environment_names = {},
                          .file = options.file};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    sources.environment_names.emplace_back(*entry, std::strchr(*entry, '=') - *entry);
  }
  if (sources.file.empty() && std::filesystem::exists(home.settings())) {
    sources.file = home.settings().native();
  }
  return load_settings(sources);
}

void greet(const Daemon& daemon) {
  fmt::print("opensentience listening on {}\n", daemon.url());
  if (output_is_terminal()) {
    fmt::print(R"(
  {} agents known. In another terminal:
    opensentience registry add NAME URL    where agents are listed
    opensentience agents list              what is there
    opensentience open                     the API in the browser, signed in
  Ctrl-C stops it, and every agent with it.
)",
               daemon.agents());
  }
  std::fflush(stdout);
}

int serve(Session& session, const ServeOptions& options) {
  auto settings = settings_for(session.home(), options);
  if (!settings) {
    session.explain(settings.error());
    return kWrongUse;
  }
  if (options.print_config) {
    fmt::print("{}", print_settings(*settings));
    return kDone;
  }
  // What the daemon writes is its user's alone, whichever library makes the file.
  ::umask(077);
  const sigset_t signals = operations::block_signals();
  telemetry::Log log(operations::log_options(log_settings(*settings)), session.clock());
  auto daemon = Daemon::start(session.home(), std::move(*settings), log);
  if (!daemon) return session.explain(daemon.error()).exit_code;
  log.info("started", {{"url", (*daemon)->url()}, {"agents", (*daemon)->agents()}});
  greet(**daemon);
  notify_service_manager("READY=1");
  for (int signal = 0;;) {
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    (*daemon)->reopen_logs();
  }
  notify_service_manager("STOPPING=1");
  log.info("stopping");
  (*daemon)->stop();
  log.info("stopped");
  return kDone;
}

int status(Session& session) {
  const auto answer = session.get("/api/v1/status");
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View view(*answer);
  const auto started = view["started_at"].time();
  fmt::print("opensentience {} at {}, process {}, started {}\n", view["version"].text(),
             view["url"].text(), view["pid"].text(),
             started ? relative_time(*started, session.clock().now()) : "some time ago");
  fmt::print("{} agents known, {} running, {} connected, {} tools, {} calls under way\n",
             view["agents_known"].text(), view["agents_running"].text(),
             view["agents_connected"].text(), view["tools"].text(), view["calls_under_way"].text());
  fmt::print("home {}\n", view["home"].text());
  return kDone;
}

void add_serve(CLI::App& app, Choice& choice) {
  auto options = std::make_shared<ServeOptions>();
  auto* serve_command =
      app.add_subcommand("serve", "Run the daemon until SIGINT or SIGTERM; agents end with it");
  serve_command->add_option("--config", options->file, "TOML file; config.toml of the home folder");
  serve_command->add_flag("--print-config", options->print_config,
                          "Print the settings in force and end");
  for (const config::Row& row : setting_table().rows) {
    auto* option = serve_command->add_option(
        config::flag_of(row), options->flags[std::string(row.key)], std::string(row.description));
    option->group("Settings");
    option->type_name("");
    if (!row.place.is_list) option->expected(1);
  }
  serve_command->callback([&choice, options] {
    choice.run = [options](Session& session) { return serve(session, *options); };
  });
}

}  // namespace

void add_daemon_commands(CLI::App& app, Choice& choice) {
  add_serve(app, choice);
  app.add_subcommand("status", "How the daemon is")->callback([&choice] { choice.run = status; });
  app.add_subcommand("doctor", "What this machine has and lacks")->callback([&choice] {
    choice.run = run_doctor;
  });
}

}  // namespace sovereign::opensentience
