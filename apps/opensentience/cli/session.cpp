#include "cli/session.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <thread>
#include <utility>

#include "cli/terminal.hpp"
#include "cli/view.hpp"
#include "json/write.hpp"

namespace sovereign::opensentience {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartTimeout = 10s;

std::string problem_text(const json::Value& problem) {
  const View view(problem);
  std::string text = view["detail"].text();
  for (const auto& field : view["errors"].items()) {
    text += fmt::format("\n  {}: {}", field["pointer"].text(), field["message"].text());
  }
  return text;
}

}  // namespace

Session::Session(core::Home home, CommonOptions options)
    : home_(std::move(home)), options_(options), client_(home_.admin_socket()) {}

Answer<std::string> Session::send(http::Method method, std::string target, std::string body) {
  http::LocalRequest request{
      .method = method, .target = std::move(target), .headers = {}, .body = std::move(body)};
  auto response = client_.request(request);
  if (!response && response.error().name == http::kDaemonNotRunning && may_start_) {
    if (auto started = start_daemon(); !started) return std::unexpected(started.error());
    response = client_.request(request);
  }
  if (!response) return std::unexpected(explain(response.error()));
  if (response->status >= 300) return std::unexpected(explain(*response));
  return std::move(response->body);
}

Answer<json::Value> Session::get(std::string target) {
  const auto body = send(http::Method::get, std::move(target));
  if (!body) return std::unexpected(body.error());
  return parse(*body);
}

Answer<json::Value> Session::post(std::string target, const json::Object& body) {
  std::string text;
  json::write(text, json::Value(body));
  const auto answer = send(http::Method::post, std::move(target), std::move(text));
  if (!answer) return std::unexpected(answer.error());
  return parse(*answer);
}

Answer<json::Value> Session::parse(std::string_view body) const {
  if (body.empty()) return json::Value(json::Object{});
  auto value = json::parse(body);
  if (value) return std::move(*value);
  return std::unexpected(explain(value.error()));
}

Answer<http::LocalResponse> Session::stream(http::LocalRequest request,
                                            const http::LocalClient::OnBytes& on_line) {
  const Interruption interruption;
  auto response = client_.stream_lines(request, on_line, interruption.token());
  if (!response && response.error().name == http::kDaemonNotRunning && may_start_) {
    if (auto started = start_daemon(); !started) return std::unexpected(started.error());
    response = client_.stream_lines(request, on_line, interruption.token());
  }
  if (!response) {
    if (response.error().name == http::LocalClient::kAborted) return http::LocalResponse{};
    return std::unexpected(explain(response.error()));
  }
  if (response->status >= 300) return std::unexpected(explain(*response));
  return std::move(*response);
}

bool Session::printed_as_json(const json::Value& answer) const {
  if (!options_.json) return false;
  fmt::print("{}\n", pretty_json(answer));
  return true;
}

Answer<void> Session::confirm(std::string_view question, std::string_view flag) const {
  if (options_.yes) return {};
  if (!can_ask()) {
    fmt::print(stderr, "opensentience: {} Nobody can be asked here; give {} to go on.\n", question,
               flag);
    return std::unexpected(Refusal{kRefused});
  }
  if (ask(question)) return {};
  fmt::print(stderr, "Nothing was done.\n");
  return std::unexpected(Refusal{kRefused});
}

Refusal Session::explain(const Error& error) const {
  const Refusal refusal{exit_code_of(error)};
  std::string detail = printable(error.detail);
  for (const auto& field : error.fields) {
    detail += fmt::format("\n  {}: {}", printable(field.pointer), printable(field.message));
  }
  if (error.name == http::kDaemonNotRunning) {
    detail = "the daemon is not running; start it: opensentience serve";
  }
  if (options_.json) {
    fmt::print("{}\n", pretty_json(json::Object{{"code", error.name}, {"detail", detail}}));
    return refusal;
  }
  fmt::print(stderr, "opensentience: {}\n", detail);
  if (!error.context.empty()) fmt::print(stderr, "  ({})\n", printable(error.context));
  return refusal;
}

Refusal Session::explain(const http::LocalResponse& response) const {
  const auto problem = json::parse(response.body);
  if (options_.json && problem) {
    fmt::print("{}\n", pretty_json(*problem));
  } else if (problem && problem->is_object()) {
    const auto code = View(*problem)["code"].text();
    fmt::print(stderr, "opensentience: {}{}\n", problem_text(*problem),
               code.empty() ? std::string() : fmt::format(" [{}]", code));
  } else {
    fmt::print(stderr, "opensentience: the daemon answered {}\n", response.status);
  }
  return {exit_code_of_status(response.status)};
}

Answer<void> Session::start_daemon() {
  may_start_ = false;
  if (!options_.yes && !can_ask()) {
    return std::unexpected(
        explain(Error{.code = ErrorCode::unavailable, .name = http::kDaemonNotRunning}));
  }
  if (!options_.yes && !ask("The daemon is not running. Start it now?")) {
    return std::unexpected(Refusal{kNotRunning});
  }
  if (auto spawned = spawn_daemon(); !spawned) {
    explain(spawned.error());
    return std::unexpected(Refusal{kNotRunning});
  }
  for (const auto end = clock_.steady_now() + kStartTimeout; clock_.steady_now() < end;) {
    if (client_.request({.target = "/api/v1/health"})) return {};
    std::this_thread::sleep_for(20ms);
  }
  fmt::print(stderr, "opensentience: the daemon did not start; see {}\n",
             (home_.logs() / "daemon.log").native());
  return std::unexpected(Refusal{kNotRunning});
}

Result<void> Session::spawn_daemon() const {
  if (auto prepared = home_.prepare(); !prepared) return prepared;
  const auto log = home_.logs() / "daemon.log";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::string program = "opensentience";
  std::string verb = "serve";
  const std::array<char*, 3> arguments{program.data(), verb.data(), nullptr};
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error == 0) return {};
  return base::fail(ErrorCode::unavailable,
                    fmt::format("The daemon cannot be started: {}.", std::strerror(error)));
}

/// A thread that waits for the signal, and for its own end on a pipe.
struct Interruption::Watch {
  std::stop_source source;
  sigset_t signals{};
  std::array<int, 2> end{-1, -1};
  std::thread thread;
};

Interruption::Interruption() : watch_(std::make_unique<Watch>()) {
  sigemptyset(&watch_->signals);
  sigaddset(&watch_->signals, SIGINT);
  sigaddset(&watch_->signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watch_->signals, nullptr);
  if (::pipe2(watch_->end.data(), O_CLOEXEC) != 0) return;
  watch_->thread = std::thread([watch = watch_.get()] {
    const int signals = ::signalfd(-1, &watch->signals, SFD_CLOEXEC);
    std::array<pollfd, 2> ready{{{signals, POLLIN, 0}, {watch->end[0], POLLIN, 0}}};
    while (::poll(ready.data(), ready.size(), -1) < 0 && errno == EINTR) continue;
    if ((ready[0].revents & POLLIN) != 0) {
      signalfd_siginfo taken{};
      (void)!::read(signals, &taken, sizeof taken);
      watch->source.request_stop();
      // The next one is for the program as a whole.
      pthread_sigmask(SIG_UNBLOCK, &watch->signals, nullptr);
    }
    ::close(signals);
  });
}

Interruption::~Interruption() {
  if (watch_->thread.joinable()) {
    ::close(watch_->end[1]);
    watch_->thread.join();
    ::close(watch_->end[0]);
  }
  pthread_sigmask(SIG_UNBLOCK, &watch_->signals, nullptr);
}

std::stop_token Interruption::token() const { return watch_->source.get_token(); }

}  // namespace sovereign::opensentience
