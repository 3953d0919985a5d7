// The Core's front door as a whole, with something behind it: pipeline, authenticator and routes,
// an audit log in memory and a clock that stands still.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "core/admin_web/authenticator.hpp"
#include "core/admin_web/routes.hpp"
#include "crypto/random.hpp"
#include "http/pipeline.hpp"
#include "http/sse.hpp"
#include "json/parse.hpp"
#include "support/await.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::support {

class MemoryAudit final : public core::AdminAudit {
 public:
  Task<void> append(core::AdminEvent event) override {
    if (is_broken) co_return base::fail(ErrorCode::unavailable, "The audit log cannot be written.");
    events.push_back(std::move(event));
    co_return Result<void>{};
  }
  void note(core::AdminEvent event) override { events.push_back(std::move(event)); }

  /// "type reason actor" of the last one.
  std::string last() const {
    if (events.empty()) return {};
    const auto& event = events.back();
    return fmt::format("{} {} {}", event.type, event.reason, event.actor.id);
  }

  std::vector<core::AdminEvent> events;
  bool is_broken = false;
};

class NullObserver final : public http::RequestObserver {
 public:
  void completed(const http::Request&, const http::Outcome&) override {}
};

class NoLimits final : public http::RateLimiter {
 public:
  http::RateCheck acquire(std::string_view, std::string_view) override {
    return http::RateFinding();
  }
};

/// Events for as long as somebody listens.
class VaultFeed final : public http::SseBody {
 public:
  VaultFeed() : SseBody(http::SseLength::endless) {}

 protected:
  boost::asio::awaitable<void> events(http::SseWriter& writer) override {
    bool is_open = true;
    while (is_open) {
      auto send = writer.send({.data = "secret"});
      is_open = co_await std::move(send);
    }
  }
};

/// Something worth protecting.
class VaultRoutes {
 public:
  Result<http::NoContent> open(const http::Request&) {
    ++opened;
    return http::NoContent{};
  }
  Result<http::Response> feed(const http::Request&) {
    return http::sse_response(std::make_unique<VaultFeed>());
  }
  int opened = 0;
};

inline constexpr std::uint16_t kPort = 6767;
inline constexpr std::string_view kBrowserHost = "127.0.0.1:6767";
inline constexpr std::string_view kVault = "/api/v1/vault";

class AdminFixture : public testing::Test {
 protected:
  struct Call {
    http::Method method = http::Method::get;
    std::string target;
    std::string body = {};
    std::vector<http::Header> headers = {};
    std::string_view host = kBrowserHost;
    std::optional<http::LocalPeer> peer = {};
  };

  AdminFixture() {
    std::ifstream(path) >> secret;
    http::RouteTable table;
    routes.add_to(table);
    table.push_back({.method = http::Method::post,
                     .path = kVault,
                     .operation = "openVault",
                     .access = http::Access::admin,
                     .handler = http::endpoint(&vault, &VaultRoutes::open),
                     .documentation = {.success = 204}});
    table.push_back({.method = http::Method::get,
                     .path = "/api/v1/feed",
                     .operation = "feed",
                     .access = http::Access::admin,
                     .handler = http::endpoint(&vault, &VaultRoutes::feed),
                     .documentation = {.answer_type = http::kEventStream}});
    http::PipelineOptions options{.sign_in = core::sign_in_hint(),
                                  .browser = http::BrowserPolicy{}};
    pipeline.emplace(std::move(options), http::Router(std::move(table)),
                     http::PipelineParts{.authenticator = authenticator,
                                         .limiter = limiter,
                                         .observer = observer,
                                         .denials = &denials});
  }

  http::Response send(Call call) {
    call.headers.push_back({"Host", call.host});
    http::Request request{.method = call.method,
                          .target = call.target,
                          .headers = call.headers,
                          .body = call.body,
                          .peer_address = call.peer ? "unix" : "127.0.0.1",
                          .peer = call.peer,
                          .local_port = call.peer ? std::uint16_t{0} : kPort};
    const auto question = std::min(call.target.find('?'), call.target.size());
    request.path = request.target.substr(0, question);
    request.query = request.target.substr(std::min(question + 1, call.target.size()));
    auto handling = pipeline->handle(request);
    if (auto* ready = std::get_if<http::Response>(&handling)) return std::move(*ready);
    auto later = std::move(std::get<boost::asio::awaitable<http::Response>>(handling));
    return await(wrap(std::move(later))).value();
  }
  static Task<http::Response> wrap(boost::asio::awaitable<http::Response> later) {
    auto response = co_await std::move(later);
    co_return response;
  }

  http::Response login(std::string_view with, std::vector<http::Header> headers = {}) {
    return send({.method = http::Method::post,
                 .target = "/api/v1/auth/login",
                 .body = fmt::format(R"({{"token":"{}"}})", with),
                 .headers = std::move(headers)});
  }
  http::Response login_with_code(std::string_view code) {
    return send({.method = http::Method::post,
                 .target = "/api/v1/auth/login",
                 .body = fmt::format(R"({{"code":"{}"}})", code)});
  }
  http::Response over_socket(http::Method method, std::string target) {
    return send({.method = method,
                 .target = std::move(target),
                 .host = "localhost",
                 .peer = http::LocalPeer{.uid = ::getuid(), .pid = 1}});
  }

  static std::string header(const http::Response& response, std::string_view name) {
    const auto found = std::ranges::find(response.headers, name, &http::ResponseHeader::name);
    return found == response.headers.end() ? "" : found->value;
  }
  static std::string member(const http::Response& response, std::string_view name) {
    const auto document = json::parse(response.body.view()).value();
    const auto* value = document.as_object().if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
  }

  /// A browser that has signed in.
  struct Browser {
    std::string cookie;  ///< As a Cookie header.
    std::string csrf;
  };
  Browser sign_in() {
    const auto response = login(secret);
    EXPECT_EQ(response.status, 200) << response.body.view();
    const auto set = header(response, "Set-Cookie");
    return {.cookie = set.substr(0, set.find(';')), .csrf = member(response, "csrf_token")};
  }
  int open_vault(std::vector<http::Header> headers, std::string_view host = kBrowserHost) {
    return send({.method = http::Method::post,
                 .target = std::string(kVault),
                 .headers = std::move(headers),
                 .host = host})
        .status;
  }
  int session_status(std::vector<http::Header> headers) {
    return send({.target = "/api/v1/auth/session", .headers = std::move(headers)}).status;
  }

  TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "admin.token";
  base::ManualClock clock;
  crypto::SystemRandom random;
  async::WorkerPool pool{{.threads = 1}};
  core::AdminToken token = core::AdminToken::load(path, {.random = random, .pool = pool}).value();
  std::string secret;
  MemoryAudit audit;
  core::DenialLog denials{audit, clock};
  core::AdminAccess access{{token, audit, denials, clock, random}};
  core::CoreAuthenticator authenticator{access, ::getuid()};
  core::AdminRoutes routes{access};
  VaultRoutes vault;
  NoLimits limiter;
  NullObserver observer;
  std::optional<http::Pipeline> pipeline;
};

}  // namespace sovereign::support
