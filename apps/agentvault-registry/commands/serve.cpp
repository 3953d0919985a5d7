// agentvault-registry serve
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/clock.hpp"
#include "commands/commands.hpp"
#include "examples.hpp"
#include "infrastructure.hpp"
#include "operations/program.hpp"
#include "store_access.hpp"
#include "telemetry/log.hpp"
#include "wiring.hpp"

namespace sovereign::registry_app {
namespace {

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
  const sigset_t signals = operations::block_signals();
  const base::SystemClock clock;
  telemetry::Log log(operations::log_options(log_settings(settings)), clock);
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
