// opensentience audit: what happened, and whether the record is still what was written.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/encoding.hpp"
#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/commands.hpp"

namespace sovereign::opensentience {
namespace {

struct TailOptions {
  std::int64_t count = 20;
  std::string type;
  std::string subject;
  std::string severity;
  std::string correlation;
};

std::string query_of(const TailOptions& options) {
  std::string query;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) query += fmt::format("&{}={}", name, base::percent_encode(value));
  };
  add("event_type", options.type);
  add("subject_id", options.subject);
  add("severity", options.severity);
  add("correlation_id", options.correlation);
  return query;
}

int tail(Session& session, const TailOptions& options) {
  const auto answer =
      session.get(fmt::format("/api/v1/audit?limit={}{}", options.count, query_of(options)));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  TextTable table({"WHEN", "EVENT", "WHO", "WHAT", "DETAILS"});
  auto events = View(*answer)["events"].items();
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    const auto at = (*event)["at"].time();
    table.add({at ? relative_time(*at, session.clock().now()) : std::string(),
               (*event)["event_type"].text(), (*event)["actor_id"].text(),
               (*event)["subject_id"].text(), (*event)["metadata"].compact()});
  }
  fmt::print("{}", table.text(terminal_width()));
  return kDone;
}

int export_(Session& session, const TailOptions& options) {
  const auto query = query_of(options);
  const http::LocalRequest request{
      .method = http::Method::get,
      .target = "/api/v1/audit/export" + (query.empty() ? query : "?" + query.substr(1)),
      .headers = {},
      .body = {}};
  bool written = true;
  const auto answer = session.stream(request, [&](std::string_view line) {
    written = std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
              std::fputc('\n', stdout) != EOF;
    return written ? http::Continue::yes : http::Continue::no;
  });
  if (!answer) return answer.error().exit_code;
  return written && std::fflush(stdout) == 0 ? kDone : kFailed;
}

int verify(Session& session) {
  const auto answer = session.post("/api/v1/audit/verify");
  if (!answer) return answer.error().exit_code;
  const View report(*answer);
  const int code = report["intact"].flag() ? kDone : kTampered;
  if (session.printed_as_json(*answer)) return code;
  if (code == kDone) {
    fmt::print("{} rows and {} signed checkpoints: all as written.\n", report["rows"].text(),
               report["checkpoints"].text());
    return code;
  }
  const View fault = report["fault"];
  fmt::print("The audit log is not what was written.\n  row {}: {}\n  event {}\n",
             fault["sequence"].text(), fault["problem"].text(), fault["event_id"].text());
  return code;
}

}  // namespace

void add_audit_commands(CLI::App& app, Choice& choice) {
  auto* audit = app.add_subcommand("audit", "What happened; a log that cannot be changed unnoticed")
                    ->require_subcommand(1);
  auto options = std::make_shared<TailOptions>();
  auto* tail_command = audit->add_subcommand("tail", "The newest events");
  tail_command->add_option("-n,--count", options->count, "How many")
      ->capture_default_str()
      ->check(CLI::Range(1, 500));
  auto* export_command = audit->add_subcommand("export", "All events as JSON lines, oldest first");
  for (auto* command : {tail_command, export_command}) {
    command->add_option("--type", options->type, "Only this event type: agent.installed ...");
    command->add_option("--subject", options->subject, "Only this subject: an agent's id ...");
    command->add_option("--severity", options->severity, "info, warn, error or security");
    command->add_option("--correlation", options->correlation, "Only what belongs together");
  }
  tail_command->callback([&choice, options] {
    choice.run = [options](Session& session) { return tail(session, *options); };
  });
  export_command->callback([&choice, options] {
    choice.run = [options](Session& session) { return export_(session, *options); };
  });
  audit->add_subcommand("verify", "Check the chain and its signatures; names the first broken row")
      ->callback([&choice] { choice.run = verify; });
}

}  // namespace sovereign::opensentience
