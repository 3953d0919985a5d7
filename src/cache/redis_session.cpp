#include "cache/redis_session.hpp"

#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace sovereign::cache {
namespace {

/// One command of the handshake and what its answer is for.
enum class Step { must_succeed, slots, script };
struct Question {
  Step step = Step::must_succeed;
  std::vector<std::string_view> words;
};

std::vector<Question> questions_of(const RedisUrl& url, const std::string& database,
                                   Handshake handshake,
                                   const std::vector<const RedisScript*>& scripts) {
  std::vector<Question> questions;
  if (!url.password.empty()) {
    Question auth{.words = {"AUTH"}};
    if (!url.username.empty()) auth.words.push_back(url.username);
    auth.words.push_back(url.password);
    questions.push_back(std::move(auth));
  }
  if (url.database != 0) questions.push_back({.words = {"SELECT", database}});
  // Tells whether we are let in, and whether the server has loaded its data.
  questions.push_back({.words = {"PING"}});
  if (handshake == Handshake::messages) return questions;
  questions.push_back({.step = Step::slots, .words = {"CLUSTER", "SLOTS"}});
  for (const auto* script : scripts)
    questions.push_back({.step = Step::script, .words = {"SCRIPT", "LOAD", script->text}});
  return questions;
}

Task<Reply> read_reply(RedisSession& session) {
  for (;;) {
    auto reply = session.replies.next();
    if (!reply) co_return Failure(reply.error());
    if (*reply) co_return std::move(**reply);
    auto reading = session.socket->read();
    const auto bytes = co_await std::move(reading);
    if (!bytes) co_return Failure(bytes.error());
    session.replies.feed(*bytes);
  }
}

Task<void> ask(RedisSession& session, const std::vector<Question>& questions) {
  std::string bytes;
  for (const auto& question : questions) bytes += encode_command(question.words);
  auto writing = session.socket->write(bytes);
  if (const auto written = co_await std::move(writing); !written)
    co_return Failure(written.error());
  for (const auto& question : questions) {
    auto reading = read_reply(session);
    auto reply = co_await std::move(reading);
    if (!reply) co_return Failure(reply.error());
    if (question.step == Step::must_succeed && reply->is_error()) {
      co_return base::fail(
          ErrorCode::unavailable, "Redis refuses the connection.",
          std::string(question.words.front()) + ": " + std::string(reply->error_code()));
    }
    if (question.step == Step::slots) session.slots = std::move(*reply);
    if (question.step == Step::script)
      session.script_hashes.push_back(reply->is_error() ? std::string() : std::move(reply->text));
  }
  co_return Result<void>();
}

}  // namespace

Task<std::unique_ptr<RedisSession>> open_session(SessionSetup setup, RedisNode node,
                                                 Handshake handshake,
                                                 std::vector<const RedisScript*> scripts) {
  auto session = std::make_unique<RedisSession>();
  session->socket = std::make_shared<RedisSocket>(setup.loop, setup.tls);
  asio::steady_timer limit(setup.loop, setup.connect_limit);
  limit.async_wait([socket = std::weak_ptr(session->socket)](boost::system::error_code cancelled) {
    if (const auto open = socket.lock(); open && !cancelled) open->close();
  });
  const bool is_local = setup.url.transport == RedisTransport::unix_socket && node.host.empty();
  auto connecting =
      is_local ? session->socket->connect(setup.url.socket_path) : session->socket->connect(node);
  if (const auto connected = co_await std::move(connecting); !connected)
    co_return Failure(connected.error());
  const auto database = std::to_string(setup.url.database);
  const auto questions = questions_of(setup.url, database, handshake, scripts);
  auto asking = ask(*session, questions);
  if (const auto asked = co_await std::move(asking); !asked) co_return Failure(asked.error());
  co_return session;
}

}  // namespace sovereign::cache
