// opensentience token, opensentience open: how a browser or another program signs in.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

int show_token(Session& session) {
  const auto answer = session.get("/api/v1/auth/token");
  if (!answer) return answer.error().exit_code;
  if (!session.printed_as_json(*answer)) fmt::print("{}\n", View(*answer)["token"].text());
  return kDone;
}

int rotate_token(Session& session) {
  const auto asked = session.confirm(
      "Make a new admin token? The old one stops working and every browser is signed out.");
  if (!asked) return asked.error().exit_code;
  const auto answer = session.post("/api/v1/auth/token/rotate");
  if (!answer) return answer.error().exit_code;
  if (!session.printed_as_json(*answer)) fmt::print("{}\n", View(*answer)["token"].text());
  return kDone;
}

/// Whether a browser took the address.
bool open_in_browser(std::string url) {
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) return false;
  std::string program = "xdg-open";
  const std::array<char*, 3> arguments{program.data(), url.data(), nullptr};
  pid_t pid = 0;
  if (::posix_spawnp(&pid, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    return false;
  }
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int open(Session& session) {
  const auto status = session.get("/api/v1/status");
  if (!status) return status.error().exit_code;
  const auto link = session.post("/api/v1/auth/login-link");
  if (!link) return link.error().exit_code;
  const auto url = View(*status)["url"].text() + View(*link)["path"].text();
  if (session.options().json) {
    fmt::print("{}\n", pretty_json(json::Object{{"url", url}}));
  } else if (open_in_browser(url)) {
    fmt::print("Opened in the browser.\n");
  } else {
    fmt::print("Open this within two minutes; it works once:\n  {}\n", url);
  }
  return kDone;
}

}  // namespace

void add_access_commands(CLI::App& app, Choice& choice) {
  auto* token =
      app.add_subcommand("token", "The admin token, for other programs")->require_subcommand(1);
  token->add_subcommand("show", "Print it")->callback([&choice] { choice.run = show_token; });
  token->add_subcommand("rotate", "Make a new one and sign every browser out")->callback([&choice] {
    choice.run = rotate_token;
  });
  app.add_subcommand("open", "Open the Core in the browser, signed in")->callback([&choice] {
    choice.run = open;
  });
}

}  // namespace sovereign::opensentience
