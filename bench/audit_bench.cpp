// What the audit log does a second: rows posted, chained and durable, with checkpoints, and rows
// verified. Takes the number of rows (default 200000) and makes its files in the working directory.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "async/block_on.hpp"
#include "core/audit/audit_trail.hpp"
#include "core/audit/checkpointer.hpp"
#include "core/audit/verify.hpp"
#include "core/migrations.hpp"

namespace {

using namespace sovereign;
using Clock = std::chrono::steady_clock;
namespace asio = boost::asio;

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{} ({})\n", error.detail, error.context);
  std::exit(1);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// As the router records a finished call.
core::AuditEvent call_completed(int number) {
  return {.type = "tool.call_completed",
          .actor = {.type = core::ActorType::human, .id = "admin.sock"},
          .subject_type = "tool_call",
          .subject_id = fmt::format("0193a2b4-0000-4000-8000-{:012x}", number),
          .correlation_id = fmt::format("c-{}", number),
          .metadata = {{"tool_id", "com.example.hello/hello_world"},
                       {"agent_id", "com.example.hello"},
                       {"status", "succeeded"},
                       {"duration_ms", number % 100},
                       {"input_bytes", 256},
                       {"output_bytes", 301}}};
}

struct Appended {
  double seconds = 0;         ///< Until all were durable.
  double in_post = 0;         ///< Of them on the loop's thread, in post().
  std::uint64_t refused = 0;  ///< Tries with a full queue.
};

asio::awaitable<void> append(core::AuditTrail& trail, int rows, Appended& appended) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto start = Clock::now();
  for (int i = 0; i < rows;) {
    const auto burst = Clock::now();
    for (int end = std::min(rows, i + 64); i < end && trail.is_accepting(); ++i) {
      if (auto posted = trail.post(call_completed(i)); !posted) stop(posted.error());
    }
    appended.in_post += seconds_since(burst);
    if (!trail.is_accepting()) ++appended.refused;
    pause.expires_after(std::chrono::microseconds(trail.is_accepting() ? 0 : 1000));
    co_await pause.async_wait(asio::use_awaitable);
  }
  auto stopped = co_await trail.stop();
  if (!stopped) stop(stopped.error());
  appended.seconds = seconds_since(start);
}

asio::awaitable<void> run(core::AuditTrail& trail, core::Checkpointer& checkpointer, int rows,
                          Appended& appended) {
  co_await append(trail, rows, appended);
  auto stopped = co_await checkpointer.stop();
  if (!stopped) stop(stopped.error());
}

int measure(const std::filesystem::path& folder, int rows) {
  core::Redactor redactor;
  core::AuditChain chain(redactor);
  const auto path = folder / "audit.sqlite3";
  auto database =
      sql::open_database({.url = "sqlite:" + path.string(), .functions = chain.functions()});
  if (!database) stop(database.error());
  if (auto migrated = (*database)->migrate(core::migrations()); !migrated) stop(migrated.error());

  asio::io_context loop(1);
  base::SystemClock clock;
  async::WorkerPool workers({.threads = 1});
  const auto key = crypto::Ed25519Key::from_seed(std::array<std::uint8_t, 32>{7});
  const auto file = folder / "audit.checkpoints";
  core::AuditTrail trail(**database, clock, loop.get_executor());
  core::Checkpointer checkpointer({**database, chain, key, file, clock, workers},
                                  loop.get_executor(),
                                  {.look_every = std::chrono::milliseconds(50)});
  Appended appended;
  checkpointer.start();
  asio::co_spawn(loop, run(trail, checkpointer, rows, appended), asio::detached);
  loop.run();
  fmt::print("appended   {:>9.0f} rows/s durable, {:.2f} us a post, {} commits, {} full queues\n",
             rows / appended.seconds, appended.in_post / rows * 1e6, (*database)->status().commits,
             appended.refused);

  const auto start = Clock::now();
  const auto verified =
      core::verify_audit(**database, {.key = key.public_key(), .checkpoint_file = file});
  const double seconds = seconds_since(start);
  if (!verified) stop(verified.error());
  fmt::print("verified   {:>9.0f} rows/s, {} checkpoints, {}\n",
             static_cast<double>(verified->rows) / seconds, verified->checkpoints,
             verified->intact && verified->rows == rows ? "intact" : "BROKEN");
  database->reset();
  fmt::print("size       {:>9} bytes a row with its indexes\n",
             std::filesystem::file_size(path) / static_cast<std::uintmax_t>(rows));
  return verified->intact && verified->rows == rows ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto folder = std::filesystem::current_path() / "audit_bench.files";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  const int status = measure(folder, argc > 1 ? std::atoi(argv[1]) : 200'000);
  std::filesystem::remove_all(folder);
  return status;
}
