// The transport by itself: answers a body of 1.7 KB at once, and 304 to who has it. Prints its
// port.
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "http/etag.hpp"
#include "http/server.hpp"

namespace {

using namespace sovereign;

constexpr std::size_t kBodyBytes = 1700;
constexpr std::string_view kEtag = "\"bench-1\"";

class FixedAnswer final : public http::Application {
 public:
  http::Handling handle(http::Request& request) override {
    http::Response response{.etag = std::string(kEtag), .cache_control = "no-cache"};
    const auto held = request.header("If-None-Match");
    if (!held.empty() && http::names_etag(held, kEtag, http::TagComparison::weak)) {
      response.status = 304;
    } else {
      response.body = http::SharedBytes{nullptr, body_};
    }
    return response;
  }
  http::Response refuse(int status, std::string_view detail, http::Request&) override {
    return {.status = status, .content_type = "text/plain", .body = std::string(detail)};
  }
  void completed(const http::Request&, const http::Outcome&) override {}

 private:
  const std::string body_ = "{\"filler\":\"" + std::string(kBodyBytes - 13, 'x') + "\"}";
};

}  // namespace

int main(int argc, char** argv) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  FixedAnswer application;
  http::Server server({.port = 0, .loops = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1},
                      application);
  if (const auto started = server.start(); !started) {
    fmt::print(stderr, "{}\n", started.error().detail);
    return 1;
  }
  fmt::print("{}\n", server.port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return server.stop(std::chrono::seconds{2}) ? 0 : 1;
}
