// opensentience tools: calling what running agents offer, and deciding what waits for a person.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "base/encoding.hpp"
#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "commands/agent_targets.hpp"
#include "commands/commands.hpp"
#include "json/text.hpp"
#include "json/write.hpp"

namespace sovereign::opensentience {
namespace {

struct CallOptions {
  std::string tool;
  std::string input = "{}";
  std::string timeout;
  std::string idempotency_key;
  bool stream = false;
};

/// "30s", "500ms", "2min" as milliseconds.
std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 9) return std::nullopt;
  const auto amount = std::stoll(std::string(text.substr(0, digits)));
  const auto unit = text.substr(digits);
  if (unit == "ms") return amount;
  if (unit == "s" || unit.empty()) return amount * 1000;
  if (unit == "m" || unit == "min") return amount * 60'000;
  return std::nullopt;
}

/// The request's body: the input's own text in its place, so that nothing of it changes.
Answer<std::string> call_body(Session& session, const CallOptions& options) {
  std::string input = options.input;
  if (input == "-") {
    input.assign(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  }
  const auto parsed = json::parse(input);
  if (!parsed) return std::unexpected(session.explain(parsed.error()));
  if (!parsed->is_object()) {
    return std::unexpected(session.explain(
        Error{.code = ErrorCode::unprocessable, .detail = "The input must be a JSON object."}));
  }
  std::string body = "{\"input\":" + input;
  if (!options.timeout.empty()) {
    const auto timeout = parse_duration(options.timeout);
    if (!timeout) {
      return std::unexpected(
          session.explain(Error{.code = ErrorCode::unprocessable,
                                .detail = "--timeout must look like 500ms, 30s or 2min."}));
    }
    body += fmt::format(",\"timeout_ms\":{}", *timeout);
  }
  if (!options.idempotency_key.empty()) {
    body += ",\"idempotency_key\":";
    json::write_string(body, options.idempotency_key);
  }
  return body + '}';
}

/// `answer` is what `text` says; the text has the numbers as the tool sent them.
int report(const Session& session, std::string_view text, const json::Value& answer) {
  const View outcome(answer);
  const bool succeeded = outcome["status"].text() == "succeeded";
  const int code = succeeded ? kDone : kToolFailed;
  if (session.options().json) {
    fmt::print("{}\n", json::pretty(text));
  } else if (succeeded) {
    fmt::print("{}\n", pretty_member(text, "output"));
  } else {
    const View error = outcome["error"];
    fmt::print(stderr, "opensentience: {}: {} [{}]\n", outcome["status"].text(),
               error["message"].text(), error["code"].text());
  }
  return code;
}

/// Prints the events of a streamed call as they come.
class StreamPrinter {
 public:
  explicit StreamPrinter(const Session& session) : session_(session) {}

  http::Continue line(std::string_view line) {
    if (line.starts_with("event: ")) event_ = line.substr(7);
    if (line.starts_with("data: ")) data(line.substr(6));
    return std::fflush(stdout) == 0 ? http::Continue::yes : http::Continue::no;
  }

  /// Nothing when the stream ended before the call did.
  std::optional<int> exit_code() const { return code_; }

 private:
  void data(std::string_view text) {
    const auto parsed = json::parse(text);
    if (!parsed) return;
    if (event_ == "result") {
      code_ = report(session_, text, *parsed);
    } else if (event_ == "stream") {
      const View chunk(*parsed);
      if (session_.options().json) {
        fmt::print("{}\n", printable(text));
      } else if (chunk["json"].exists()) {
        fmt::print("{}\n", compact_member(text, "json"));
      } else {
        const auto shown = printable_lines(chunk["text"].raw());
        fmt::print("{}{}", shown, shown.ends_with('\n') ? "" : "\n");
      }
    }
  }

  const Session& session_;
  std::string event_;
  std::optional<int> code_;
};

int call(Session& session, const CallOptions& options) {
  auto body = call_body(session, options);
  if (!body) return body.error().exit_code;
  http::LocalRequest request{.method = http::Method::post,
                             .target = tool_target(options.tool, "/call"),
                             .headers = {{"Content-Type", "application/json"}},
                             .body = std::move(*body)};
  // Streamed in any case: Ctrl-C then cancels the call at once.
  request.headers.emplace_back("Accept", "text/event-stream");
  StreamPrinter printer(session);
  const bool shows_stream = options.stream;
  std::string event;
  const auto answer = session.stream(request, [&](std::string_view line) {
    if (line.starts_with("event: ")) event = line.substr(7);
    if (!shows_stream && event == "stream") return http::Continue::yes;
    return printer.line(line);
  });
  if (!answer) return answer.error().exit_code;
  if (const auto code = printer.exit_code()) return *code;
  fmt::print(stderr, "opensentience: the call was interrupted and cancelled\n");
  return kToolFailed;
}

int list(Session& session) {
  const auto answer = session.get("/api/v1/tools");
  return answer ? print_tools(session, *answer) : answer.error().exit_code;
}

int show(Session& session, const std::string& tool) {
  const auto answer = session.get(tool_target(tool));
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  const View view(*answer);
  fmt::print("{}\n{}\n\nInput:\n{}\n", view["tool_id"].text(), view["description"].text(),
             view["input_schema"].pretty());
  return kDone;
}

int list_calls(Session& session) {
  const auto answer = session.get("/api/v1/calls");
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  TextTable table({"CALL", "STATUS", "TIME", "CALLER", "TOOL"});
  for (const auto& one : View(*answer)["calls"].items()) {
    table.add({one["call_id"].text(), one["status"].text(), duration(one["duration_ms"].number()),
               one["caller_type"].text(), one["tool_id"].text()});
  }
  fmt::print("{}", table.text(terminal_width()));
  return kDone;
}

int cancel(Session& session, const std::string& id) {
  const auto answer = session.post("/api/v1/calls/" + base::percent_encode(id) + "/cancel");
  if (!answer) return answer.error().exit_code;
  if (!session.printed_as_json(*answer)) fmt::print("Asked it to stop.\n");
  return kDone;
}

int list_confirmations(Session& session) {
  const auto answer = session.get("/api/v1/confirmations");
  if (!answer) return answer.error().exit_code;
  if (session.printed_as_json(*answer)) return kDone;
  TextTable table({"CONFIRMATION", "STATUS", "CALLER", "TOOL", "INPUT"});
  for (const auto& one : View(*answer)["confirmations"].items()) {
    table.add({one["confirmation_id"].text(), one["status"].text(), one["caller_id"].text(),
               one["tool_id"].text(), one["summary"].text()});
  }
  fmt::print("{}", table.text(terminal_width()));
  return kDone;
}

int decide(Session& session, const std::string& id, std::string_view decision) {
  const auto body =
      session.send(http::Method::post, "/api/v1/confirmations/" + base::percent_encode(id),
                   fmt::format(R"({{"decision":"{}"}})", decision));
  if (!body) return body.error().exit_code;
  if (session.options().json) {
    fmt::print("{}\n", json::pretty(*body));
    return kDone;
  }
  const auto answer = json::parse(*body);
  if (!answer) return session.explain(answer.error()).exit_code;
  fmt::print("{}\n", View(*answer)["confirmation"]["status"].text());
  return kDone;
}

void add_call(CLI::App& tools, Choice& choice) {
  auto options = std::make_shared<CallOptions>();
  auto* command = tools.add_subcommand("call", "Call a tool; Ctrl-C cancels the call");
  command->add_option("TOOL", options->tool, "com.example.hello/greet")->required();
  command->add_option("INPUT", options->input, "A JSON object; - reads it from standard input")
      ->capture_default_str();
  command->add_flag("--stream", options->stream, "Show what it says on the way");
  command->add_option("--timeout", options->timeout, "500ms, 30s, 2min; 30s otherwise");
  command->add_option("--idempotency-key", options->idempotency_key,
                      "The same key does the same thing once");
  command->callback([&choice, options] {
    choice.run = [options](Session& session) { return call(session, *options); };
  });
}

}  // namespace

void add_tool_commands(CLI::App& app, Choice& choice) {
  auto* tools = app.add_subcommand("tools", "What running agents can do")->require_subcommand(1);
  add_call(*tools, choice);
  const auto add = [&choice](CLI::App& parent, const char* name, const char* help,
                             std::function<int(Session&)> run) {
    parent.add_subcommand(name, help)->callback([&choice, run = std::move(run)] {
      choice.run = run;
    });
  };
  const auto add_of = [&choice](CLI::App& parent, const char* name, const char* help,
                                const char* what,
                                std::function<int(Session&, const std::string&)> run) {
    auto id = std::make_shared<std::string>();
    auto* command = parent.add_subcommand(name, help);
    command->add_option(what, *id, "Which one")->required();
    command->callback([&choice, id, run = std::move(run)] {
      choice.run = [id, run](Session& session) { return run(session, *id); };
    });
  };
  add(*tools, "list", "All tools", list);
  add_of(*tools, "show", "One tool and the input it takes", "TOOL", show);
  add(*tools, "calls", "Calls under way, and the newest that ended", list_calls);
  add_of(*tools, "cancel", "Cancel a call", "CALL", cancel);

  auto* confirmations =
      app.add_subcommand("confirmations", "Calls that wait for your word")->require_subcommand(1);
  add(*confirmations, "list", "What waits", list_confirmations);
  add_of(*confirmations, "approve", "Let it happen, once", "CONFIRMATION",
         [](Session& session, const std::string& id) { return decide(session, id, "approve"); });
  add_of(*confirmations, "deny", "Do not let it happen", "CONFIRMATION",
         [](Session& session, const std::string& id) { return decide(session, id, "deny"); });
}

}  // namespace sovereign::opensentience
