#include "support/accounts_fixture.hpp"

#include <fmt/format.h>

namespace sovereign::support {
namespace {

/// A call with the request that views it, kept until it is answered.
struct Flight {
  explicit Flight(Call sent) : call(std::move(sent)) {
    for (const auto& [name, value] : call.headers) headers.push_back({name, value});
    request.method = call.method;
    request.target = call.target;
    const auto question = call.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos) request.query = request.target.substr(question + 1);
    request.headers = headers;
    request.body = call.body;
    request.peer_address = call.address;
  }

  Call call;
  std::vector<http::Header> headers;
  http::Request request;
};

Task<http::Response> handle(http::Pipeline& pipeline, http::Request& request) {
  auto handling = pipeline.handle(request);
  if (auto* ready = std::get_if<http::Response>(&handling)) co_return std::move(*ready);
  auto later = std::move(std::get<boost::asio::awaitable<http::Response>>(handling));
  co_return co_await std::move(later);
}

/// A statement for SQL that a test makes up; engines keep statements by name, so each has its own.
const sql::Statement& statement_of(std::string sql) {
  struct Made {
    std::string name;
    std::string sql;
    sql::Statement statement;
  };
  static std::map<std::string, Made> statements;
  const auto [found, fresh] = statements.try_emplace(sql);
  if (fresh) {
    auto& made = found->second;
    made.name = fmt::format("test.{}", statements.size());
    made.sql = std::move(sql);
    made.statement = {made.name, made.sql};
  }
  return found->second.statement;
}

Answer to_answer(const http::Response& response) {
  Answer answer{.status = response.status, .body = std::string(response.body.view())};
  for (const auto& [name, value] : response.headers) answer.headers[std::string(name)] = value;
  return answer;
}

}  // namespace

std::string Answer::text(std::string_view path) const {
  json::Value value = json();
  while (true) {
    const auto dot = path.find('.');
    const auto* member = value.as_object().if_contains(path.substr(0, dot));
    if (member == nullptr) return "(absent)";
    json::Value next = *member;
    if (dot == path.npos) return next.is_string() ? std::string(next.as_string()) : "(no text)";
    value = std::move(next);
    path.remove_prefix(dot + 1);
  }
}

Call with_bearer(std::string_view token, Call call) {
  call.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
  return call;
}

std::vector<Answer> send_all(http::Pipeline& pipeline, std::vector<Call> calls) {
  std::vector<std::unique_ptr<Flight>> flights;
  std::vector<Task<http::Response>> tasks;
  for (auto& call : calls) {
    flights.push_back(std::make_unique<Flight>(std::move(call)));
    tasks.push_back(handle(pipeline, flights.back()->request));
  }
  std::vector<Answer> answers;
  for (const auto& response : await_all(std::move(tasks))) {
    answers.push_back(to_answer(response.value()));
  }
  return answers;
}

Answer send(http::Pipeline& pipeline, Call call) {
  std::vector<Call> calls;
  calls.push_back(std::move(call));
  return send_all(pipeline, std::move(calls)).front();
}

std::string dump(sql::Database& database) {
  std::string text;
  for (const auto* table : {"users", "sessions", "refresh_tokens", "recovery_keys", "mail_tokens",
                            "api_keys", "idempotency_keys", "audit_log"}) {
    const auto& statement = statement_of(fmt::format("SELECT * FROM {}", table));
    const auto scanned = database.scan({statement, {}}, [&](std::span<const sql::Value> row) {
      for (const auto& value : row) {
        if (const auto* cell = std::get_if<std::string>(&value)) text += *cell;
        text += '\n';
      }
      return true;
    });
    EXPECT_TRUE(scanned);
  }
  return text;
}

void execute(sql::Database& database, std::string_view sql) {
  sql::Write write;
  write.calls.push_back({statement_of(std::string(sql)), {}});
  ASSERT_TRUE(await(database.write(std::move(write))).value());
}

std::int64_t count(sql::Database& database, std::string_view table_and_condition) {
  const auto& statement = statement_of(fmt::format("SELECT count(*) FROM {}", table_and_condition));
  return sql::integer(await(database.read({statement, {}})).value().rows.at(0).at(0));
}

}  // namespace sovereign::support
