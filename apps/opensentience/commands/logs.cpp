// opensentience agents logs: what an agent prints.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/agent_targets.hpp"
#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

struct LogOptions {
  std::string id;
  std::string run;
  std::int64_t lines = 100;
  bool follow = false;
};

void print_line(const Session& session, const json::Value& line) {
  if (session.options().json) {
    fmt::print("{}\n", View(line).compact());
  } else {
    const View view(line);
    fmt::print("{} {:<6} {}\n", view["at"].text(), view["stream"].text(), view["text"].text());
  }
}

int show(Session& session, const std::string& target) {
  const auto answer = session.get(target);
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  for (const auto& line : View(*answer)["lines"].items()) {
    fmt::print("{} {:<6} {}\n", line["at"].text(), line["stream"].text(), line["text"].text());
  }
  return kDone;
}

int follow(Session& session, const std::string& target) {
  const http::LocalRequest request{.method = http::Method::get,
                                   .target = target + "&follow=true",
                                   .headers = {{"Accept", "text/event-stream"}},
                                   .body = {}};
  const auto answer = session.stream(request, [&](std::string_view line) {
    if (!line.starts_with("data: ")) return http::Continue::yes;
    if (const auto parsed = json::parse(line.substr(6))) print_line(session, *parsed);
    return std::fflush(stdout) == 0 ? http::Continue::yes : http::Continue::no;
  });
  return exit_code(answer);
}

}  // namespace

void add_log_command(CLI::App& agents, Choice& choice) {
  auto options = std::make_shared<LogOptions>();
  auto* logs = agents.add_subcommand("logs", "What it prints, without secrets");
  logs->add_option("AGENT", options->id, "Its id: com.example.hello")->required();
  logs->add_option("--run", options->run, "Of this run; the last one otherwise");
  logs->add_option("-n,--lines", options->lines, "How many lines")->capture_default_str();
  logs->add_flag("-f,--follow", options->follow, "Go on as it prints, until Ctrl-C");
  logs->callback([&choice, options] {
    choice.run = [options](Session& session) {
      auto target = agent_target(options->id, fmt::format("/logs?tail={}", options->lines));
      if (!options->run.empty()) target += "&run=" + options->run;
      return options->follow ? follow(session, target) : show(session, target);
    };
  });
}

}  // namespace sovereign::opensentience
