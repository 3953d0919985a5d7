// The account feature on a real database, put together as the program does it, and called through
// the pipeline: what a test says is what a client would see.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cache/memory.hpp"
#include "crypto/random.hpp"
#include "http/pipeline.hpp"
#include "json/parse.hpp"
#include "registry/accounts/access_routes.hpp"
#include "registry/accounts/authenticator.hpp"
#include "registry/accounts/follower.hpp"
#include "registry/accounts/routes.hpp"
#include "support/await.hpp"
#include "support/registry_database.hpp"

namespace sovereign::support {

/// Keeps what was posted.
class KeptLetters final : public registry::Postbox {
 public:
  void post(mail::Message message) override { letters.push_back(std::move(message)); }
  /// The token in the link of the last letter.
  std::string last_token() const {
    const auto& text = letters.back().text;
    const auto start = text.find("avmt_");
    return text.substr(start, 48);
  }
  std::vector<mail::Message> letters;
};

class UnseenRequests final : public http::RequestObserver {
 public:
  void completed(const http::Request&, const http::Outcome&) override {}
};

/// A hash that is as cheap as argon2 allows: tests are about the rules.
inline constexpr crypto::Argon2Cost kCheapHash{.memory_kib = 8, .passes = 1, .lanes = 1};

struct AccountsSetup {
  registry::AccountOptions options{.public_url = "https://registry.example"};
  http::IdempotencyStore* idempotency = nullptr;
  std::map<std::string, http::RatePolicy, std::less<>> rate_limits;
  std::size_t password_queue = 256;
};

/// All parts of the feature over one database.
class AccountsFeature {
 public:
  AccountsFeature(sql::Database& database, base::ManualClock& clock, AccountsSetup setup = {})
      : clock(clock),
        limiter(setup.rate_limits, clock),
        pool({.name = "password", .threads = 2, .queue_limit = setup.password_queue}),
        parts{database, clock, random, passwords, standing, revocations, letters},
        accounts(parts, setup.options),
        sessions(parts, issuer),
        recovery(parts, setup.options),
        api_keys(parts, pool, limiter),
        follower(database, clock, standing, api_keys),
        authenticator({signer, clock, standing, accounts, api_keys}),
        pipeline({}, http::Router(table()), {authenticator, limiter, observer, setup.idempotency}) {
  }

  base::ManualClock& clock;
  crypto::SystemRandom random;
  http::LocalRateLimiter limiter;
  async::WorkerPool pool;
  crypto::PasswordHasher hasher{kCheapHash, random};
  registry::Passwords passwords{pool, hasher};
  registry::Standing standing{std::chrono::hours(24)};
  cache::MemoryBroadcast broadcast;
  registry::Revocations revocations{broadcast, standing, clock};
  KeptLetters letters;
  crypto::JwtSigner signer{"a secret of thirty-two bytes....", {}, {.issuer = "test"}};
  registry::TokenIssuer issuer{signer, clock, random};
  registry::AccountParts parts;
  registry::Accounts accounts;
  registry::Sessions sessions;
  registry::Recovery recovery;
  registry::ApiKeys api_keys;
  registry::AccountFollower follower;
  registry::AccountAuthenticator authenticator;
  registry::AccountRoutes routes{accounts, sessions, recovery};
  registry::AccessRoutes access_routes{api_keys, sessions};
  UnseenRequests observer;
  http::Pipeline pipeline;

 private:
  http::RouteTable table() {
    http::RouteTable table;
    routes.add_to(table);
    access_routes.add_to(table);
    return table;
  }
};

/// What came back for one request.
struct Answer {
  int status = 0;
  std::string body;
  std::map<std::string, std::string, std::less<>> headers;

  json::Value json() const { return json::parse(body).value(); }
  /// A text member of the body, or of an object in it: "user.email".
  std::string text(std::string_view path) const;
};

struct Call {
  http::Method method = http::Method::get;
  std::string target;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string address = "203.0.113.7";
};

/// A Call with an access token or API key.
Call with_bearer(std::string_view token, Call call);

/// Sends the calls at once, and waits for all.
std::vector<Answer> send_all(http::Pipeline& pipeline, std::vector<Call> calls);
Answer send(http::Pipeline& pipeline, Call call);

/// Changes the database behind the feature's back.
void execute(sql::Database& database, std::string_view sql);

/// Every text in every table, for tests that look for what must not be there.
std::string dump(sql::Database& database);
std::int64_t count(sql::Database& database, std::string_view table_and_condition);

}  // namespace sovereign::support
