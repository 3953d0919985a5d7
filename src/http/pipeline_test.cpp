#include "http/pipeline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "http/endpoint.hpp"
#include "http/openapi.hpp"

namespace sovereign::http {
struct Note {
  std::string text;
};
}  // namespace sovereign::http

template <>
struct sovereign::json::Table<sovereign::http::Note> {
  using Note = sovereign::http::Note;
  static constexpr std::string_view name = "Note";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple{field("text", &Note::text, {.min_length = 1, .max_length = 10})};
};

namespace sovereign::http {
namespace {

using testing::HasSubstr;

class NoteRoutes {
 public:
  Result<Reply<Note>> get(const Request&) {
    return Reply<Note>{.value = {"hello"}, .etag = "\"1\""};
  }
  Task<Reply<Note>> create(const Request&, Json<Note> note) {
    ++created;
    if (note.value.text == "bad") co_return base::fail(ErrorCode::conflict, "Taken.");
    co_return Reply<Note>{
        .value = note.value, .status = 201, .headers = {{"Location", "/notes/1"}}};
  }
  Task<NoContent> remove(const Request&) { co_return NoContent{}; }

  int created = 0;
};

/// Tokens: "user", "admin", "agent", "key" are good; "slow-" before one asks "the database".
class TokenAuthenticator final : public Authenticator {
 public:
  bool has_credentials(const Request& request) const override {
    return request.has_header("Authorization");
  }
  std::optional<Result<Principal>> authenticate_now(const Request& request) override {
    const auto token = request.header("Authorization");
    if (token.starts_with("slow-")) return std::nullopt;
    return check(token);
  }
  Task<Principal> authenticate(const Request& request) override {
    co_return check(request.header("Authorization").substr(5));
  }

 private:
  static Result<Principal> check(std::string_view token) {
    Principal principal;
    if (token == "admin")
      principal.is_admin = true;
    else if (token == "agent")
      principal.kind = PrincipalKind::agent;
    else if (token == "key")
      principal = {.kind = PrincipalKind::api_key,
                   .scopes = static_cast<std::uint8_t>(Scope::agents_read)};
    else if (token != "user")
      return base::fail(ErrorCode::unauthenticated, "The token is not valid.");
    return principal;
  }
};

class NullObserver final : public RequestObserver {
 public:
  void completed(const Request&, const Outcome&) override {}
};

/// Counts here, but when told so finds out only after a while, as from another process.
class SlowLimiter final : public RateLimiter {
 public:
  explicit SlowLimiter(const base::Clock& clock)
      : local_({{"create", {3, std::chrono::seconds{60}}}}, clock) {}

  RateCheck acquire(std::string_view policy, std::string_view caller) override {
    if (!is_slow) return local_.take(policy, caller);
    return find_out(std::string(policy), std::string(caller));
  }
  bool is_slow = false;

 private:
  boost::asio::awaitable<RateFinding> find_out(std::string policy, std::string caller) {
    co_await boost::asio::post(boost::asio::use_awaitable);
    co_return local_.take(policy, caller);
  }

  LocalRateLimiter local_;
};

class MemoryIdempotency final : public IdempotencyStore {
 public:
  Task<std::optional<StoredAnswer>> begin(const IdempotentRequest& request) override {
    const auto found = answers.find(request.key);
    if (found == answers.end()) co_return std::nullopt;
    co_return found->second;
  }
  Task<void> finish(const IdempotentRequest& request, std::optional<StoredAnswer> answer) override {
    if (answer) answers[request.key] = *answer;
    co_return Result<void>{};
  }
  std::map<std::string, StoredAnswer> answers;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest()
      : pipeline_({.problem_namespace = "notes", .cors_origins = {"https://ui.example"}},
                  Router(table()), {authenticator_, limiter_, observer_, &idempotency_}) {}

  RouteTable table() {
    RouteTable routes;
    routes.push_back({.method = Method::get,
                      .path = "/notes/{note_id}",
                      .operation = "getNote",
                      .handler = endpoint(&notes_, &NoteRoutes::get),
                      .documentation = {.tag = "Notes", .summary = "Get"}});
    routes.push_back({.method = Method::post,
                      .path = "/notes",
                      .operation = "createNote",
                      .access = Access::user,
                      .scope = Scope::agents_write,
                      .limit = "create",
                      .handler = endpoint(&notes_, &NoteRoutes::create),
                      .documentation = {.tag = "Notes",
                                        .summary = "Create",
                                        .success = 201,
                                        .errors = {409},
                                        .example_body = R"({"text":"a"})"}});
    routes.push_back({.method = Method::delete_,
                      .path = "/notes/{note_id}",
                      .operation = "deleteNote",
                      .access = Access::admin,
                      .handler = endpoint(&notes_, &NoteRoutes::remove),
                      .documentation = {.tag = "Notes", .summary = "Delete", .success = 204}});
    routes.push_back({.method = Method::get,
                      .path = "/me",
                      .operation = "getMe",
                      .access = Access::agent,
                      .handler = endpoint(&notes_, &NoteRoutes::get),
                      .documentation = {.tag = "Notes", .summary = "Me"}});
    return routes;
  }

  Response send(Method method, std::string_view path, std::vector<Header> headers = {},
                std::string_view body = {}) {
    Request request{.method = method,
                    .target = path,
                    .path = path,
                    .headers = headers,
                    .body = body,
                    .peer_address = "192.0.2.1"};
    auto handling = pipeline_.handle(request);
    if (auto* response = std::get_if<Response>(&handling)) return std::move(*response);
    boost::asio::io_context loop;
    Response response;
    auto run = [&]() -> boost::asio::awaitable<void> {
      response = co_await std::move(std::get<boost::asio::awaitable<Response>>(handling));
    };
    boost::asio::co_spawn(loop, run(), [](std::exception_ptr error) { EXPECT_FALSE(error); });
    loop.run();
    return response;
  }

  static std::string header(const Response& response, std::string_view name) {
    for (const auto& header : response.headers) {
      if (header.name == name) return header.value;
    }
    return {};
  }

  base::ManualClock clock_;
  NoteRoutes notes_;
  TokenAuthenticator authenticator_;
  SlowLimiter limiter_{clock_};
  NullObserver observer_;
  MemoryIdempotency idempotency_;
  Pipeline pipeline_;
};

const Header kUser{"Authorization", "user"};

TEST_F(PipelineTest, AnswersAndNamesTheRequest) {
  const auto response = send(Method::get, "/notes/1", {{"X-Request-Id", "abc-1"}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body.view(), R"({"text":"hello"})");
  EXPECT_EQ(header(response, "X-Request-Id"), "abc-1");
  EXPECT_EQ(
      header(send(Method::get, "/notes/1", {{"X-Request-Id", "bad id\""}}), "X-Request-Id").size(),
      15U);
}

TEST_F(PipelineTest, Answers304WhenTheTagIsKnown) {
  const auto response = send(Method::get, "/notes/1", {{"If-None-Match", "\"0\", \"1\""}});
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.body.view(), "");
  EXPECT_EQ(response.etag, "\"1\"");
}

TEST_F(PipelineTest, SaysWhatIsWrongWithPathAndMethod) {
  EXPECT_EQ(send(Method::get, "/nowhere").status, 404);
  const auto response = send(Method::put, "/notes/1");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(response.content_type, kProblemJson);
}

TEST_F(PipelineTest, ChecksWhoMayCall) {
  EXPECT_EQ(send(Method::post, "/notes", {}, "{}").status, 401);
  EXPECT_EQ(header(send(Method::post, "/notes", {}, "{}"), "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(send(Method::post, "/notes", {{"Authorization", "forged"}}, "{}").status, 401);
  EXPECT_EQ(send(Method::post, "/notes", {{"Authorization", "agent"}}, "{}").status, 403);
  EXPECT_EQ(send(Method::post, "/notes", {{"Authorization", "key"}}, "{}").status, 403)
      << "the key lacks the scope";
  EXPECT_EQ(send(Method::delete_, "/notes/1", {kUser}).status, 403);
  EXPECT_EQ(send(Method::delete_, "/notes/1", {{"Authorization", "slow-admin"}}).status, 204);
  EXPECT_EQ(send(Method::delete_, "/notes/1", {{"Authorization", "slow-forged"}}).status, 401);
  EXPECT_EQ(send(Method::get, "/me", {kUser}).status, 403);
  EXPECT_EQ(send(Method::get, "/me", {{"Authorization", "agent"}}).status, 200);
}

TEST_F(PipelineTest, LimitsEachAccountAndSaysSo) {
  for (int i = 0; i < 3; ++i) {
    const auto response = send(Method::post, "/notes", {kUser}, R"({"text":"a"})");
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(header(response, "RateLimit-Policy"), R"("create";q=3;w=60)");
  }
  const auto response = send(Method::post, "/notes", {kUser}, R"({"text":"a"})");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(header(response, "Retry-After"), "20");
  EXPECT_EQ(notes_.created, 3);
}

TEST_F(PipelineTest, LimitsAlikeWhenTheBudgetIsKeptElsewhere) {
  limiter_.is_slow = true;
  const Header key{"Idempotency-Key", "k-1"};
  const Header slow{"Authorization", "slow-user"};
  EXPECT_EQ(send(Method::post, "/notes", {kUser, key}, R"({"text":"a"})").status, 201);
  EXPECT_EQ(send(Method::post, "/notes", {slow}, R"({"text":"a"})").status, 201);
  EXPECT_EQ(send(Method::post, "/notes", {{"Authorization", "agent"}}, "{}").status, 403);
  const auto response = send(Method::post, "/notes", {kUser}, R"({"text":"a"})");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(header(response, "RateLimit"), R"("create";r=0;t=20)");
  EXPECT_EQ(send(Method::get, "/notes/1").status, 200);
  EXPECT_EQ(notes_.created, 2);
}

TEST_F(PipelineTest, ReadsBodiesStrictly) {
  EXPECT_EQ(send(Method::post, "/notes", {kUser, {"Content-Type", "text/plain"}}, "{}").status,
            415);
  EXPECT_EQ(send(Method::post, "/notes", {kUser}, "{").status, 400);
  const auto response = send(Method::post, "/notes", {kUser}, R"({"text":"","more":1})");
  EXPECT_EQ(response.status, 422);
  EXPECT_THAT(std::string(response.body.view()), HasSubstr(R"("pointer":"/more")"));
}

TEST_F(PipelineTest, ProblemsAreOfTheProgramsOwnTypes) {
  EXPECT_THAT(std::string(send(Method::post, "/notes", {kUser}, "{").body.view()),
              HasSubstr(R"("type":"urn:notes:problem:malformed")"));
  EXPECT_THAT(std::string(send(Method::get, "/nowhere").body.view()),
              HasSubstr(R"("type":"about:blank")"));
}

TEST_F(PipelineTest, ReplaysTheFirstAnswerToARepeatedPost) {
  const Header key{"Idempotency-Key", "k-1"};
  const auto first = send(Method::post, "/notes", {kUser, key}, R"({"text":"a"})");
  const auto second = send(Method::post, "/notes", {kUser, key}, R"({"text":"a"})");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body.view(), first.body.view());
  EXPECT_EQ(header(second, "Location"), "/notes/1");
  EXPECT_EQ(header(second, "Idempotency-Replayed"), "true");
  EXPECT_EQ(notes_.created, 1);
}

TEST_F(PipelineTest, DoesNotKeepRefusalsForReplay) {
  const Header key{"Idempotency-Key", "k-2"};
  EXPECT_EQ(send(Method::post, "/notes", {kUser, key}, R"({"text":"bad"})").status, 409);
  EXPECT_TRUE(idempotency_.answers.empty());
  EXPECT_EQ(
      send(Method::post, "/notes", {kUser, {"Idempotency-Key", "a b"}}, R"({"text":"a"})").status,
      400);
}

TEST_F(PipelineTest, AllowsOnlyConfiguredOrigins) {
  EXPECT_EQ(header(send(Method::get, "/notes/1", {{"Origin", "https://ui.example"}}),
                   "Access-Control-Allow-Origin"),
            "https://ui.example");
  EXPECT_EQ(header(send(Method::get, "/notes/1", {{"Origin", "https://evil.example"}}),
                   "Access-Control-Allow-Origin"),
            "");
  const auto preflight = send(Method::options, "/notes", {{"Origin", "https://ui.example"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header(preflight, "Allow"), "POST, OPTIONS");
  EXPECT_NE(header(preflight, "Access-Control-Allow-Methods"), "");
}

TEST_F(PipelineTest, DocumentsEveryRow) {
  const std::vector<OpenApiTag> tags = {{"Notes", "Small texts."}};
  const auto document =
      openapi_document(pipeline_.router().routes(), {"Notes", "1", "A test."}, tags);
  const auto& create = document.at("paths").at("/notes").at("post").as_object();
  EXPECT_EQ(create.at("operationId"), "createNote");
  EXPECT_EQ(create.at("requestBody").at("content").at("application/json").at("schema").at("$ref"),
            "#/components/schemas/Note");
  for (const char* status :
       {"201", "400", "401", "403", "409", "413", "415", "422", "429", "503"}) {
    EXPECT_TRUE(create.at("responses").as_object().contains(status)) << status;
  }
  const auto& note = document.at("paths").at("/notes/{note_id}");
  EXPECT_EQ(note.at("get").at("parameters").at(0).at("name"), "note_id");
  EXPECT_FALSE(note.at("get").at("responses").as_object().contains("503"));
  EXPECT_TRUE(note.at("delete").at("responses").as_object().contains("503"));
}

TEST(ClientAddress, BelievesOnlyTrustedProxies) {
  const std::vector<std::string> trusted = {"10.0.0.1", "10.0.0.2"};
  EXPECT_EQ(client_address("192.0.2.9", "203.0.113.5", trusted), "192.0.2.9");
  EXPECT_EQ(client_address("10.0.0.1", "203.0.113.5", trusted), "203.0.113.5");
  EXPECT_EQ(client_address("10.0.0.1", "6.6.6.6, 203.0.113.5, 10.0.0.2", trusted), "203.0.113.5");
  EXPECT_EQ(client_address("10.0.0.1", "<script>", trusted), "10.0.0.1");
  EXPECT_EQ(client_address("10.0.0.1", "", trusted), "10.0.0.1");
}

}  // namespace
}  // namespace sovereign::http
