// agentvault-registry serve
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.hpp"
#include "commands/commands.hpp"
#include "examples.hpp"
#include "store_access.hpp"
#include "telemetry/log.hpp"
#include "wiring.hpp"

namespace sovereign::registry_app {
namespace {

/// Blocks the signals that serve() waits for, in this thread and those it starts.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that went away and a file over its size limit are errors of a call, not of the process.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  return signals;
}

telemetry::LogOptions log_options(const Settings& settings) {
  telemetry::LogOptions options{.file = settings.log_file};
  if (settings.log_format == "json") options.format = telemetry::LogFormat::json;
  if (settings.log_format == "text") options.format = telemetry::LogFormat::text;
  if (settings.log_level == "debug") options.level = telemetry::Level::debug;
  if (settings.log_level == "warn") options.level = telemetry::Level::warning;
  if (settings.log_level == "error") options.level = telemetry::Level::error;
  return options;
}

void greet(const Registry& registry) {
  const auto url = registry.url();
  fmt::print("agentvault-registry listening on {}\n", url);
  if (::isatty(STDOUT_FILENO) != 0) {
    fmt::print(R"(
  {} agents. Look around: {}/docs, or
    curl '{}/api/v1/discovery/agents?q=weather'
  Sign up:
    curl {}/api/v1/auth/register -H 'Content-Type: application/json' \
      -d '{{"email":"you@example.com","username":"you","password":"a long pass phrase"}}'
  Ctrl-C stops it.
)",
               registry.agents(), url, url, url);
  }
  std::fflush(stdout);
}

void wait_for_stop(const sigset_t& signals, Registry& registry) {
  for (int signal = 0;;) {
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    registry.reopen_logs();
  }
}

}  // namespace

int serve(const Settings& settings, const ServeOptions& options) {
  const sigset_t signals = block_signals();
  const base::SystemClock clock;
  telemetry::Log log(log_options(settings), clock);
  for (const auto& name :
       settings_without_effect([](const char* key) { return std::getenv(key); })) {
    log.warning("setting_without_effect", {{"name", name}});
  }
  if (options.examples) {
    if (const auto added = add_examples(settings); !added) return report(added.error());
  }
  auto registry = Registry::open(settings, log);
  if (!registry) return report(registry.error());
  if (const auto started = (*registry)->start(); !started) return report(started.error());
  log.info("started", {{"url", (*registry)->url()}, {"agents", (*registry)->agents()}});
  greet(**registry);
  wait_for_stop(signals, **registry);
  log.info("stopping");
  const bool finished = (*registry)->stop();
  log.info("stopped", {{"all_requests_finished", finished}});
  return kDone;
}

}  // namespace sovereign::registry_app
