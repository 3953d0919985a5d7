// What the database engines do a second: durable one-row writes and point reads with many in
// flight, and a full scan. Takes a database URL (default: a new SQLite file in the working
// directory).
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "sql/database.hpp"

namespace {

using namespace sovereign;
using Clock = std::chrono::steady_clock;
namespace asio = boost::asio;

constexpr std::int64_t kInFlight = 64;
constexpr std::int64_t kWrites = 40'000;
constexpr std::int64_t kReads = 100'000;
constexpr std::int64_t kScanRows = 100'000;

const sql::Migration kMigrations[] = {
    {1, "bench",
     "CREATE TABLE agents(id BIGINT PRIMARY KEY, card TEXT NOT NULL);"
     "CREATE TABLE cards(id BIGINT PRIMARY KEY, card TEXT NOT NULL);"}};
constexpr sql::Statement kInsert{"agents.insert", "INSERT INTO agents(id, card) VALUES($1, $2)"};
constexpr sql::Statement kSelect{"agents.select", "SELECT card FROM agents WHERE id = $1"};
constexpr sql::Statement kInsertCard{"cards.insert", "INSERT INTO cards(id, card) VALUES($1, $2)"};
constexpr sql::Statement kScan{"cards.scan", "SELECT id, card FROM cards"};

[[noreturn]] void stop(const Error& error) {
  fmt::print(stderr, "{} ({})\n", error.detail, error.context);
  std::exit(1);
}

/// What the workers of one measurement share.
struct Load {
  sql::Database& database;
  std::int64_t next = 0;
  std::int64_t end = 0;
  std::vector<double> latencies_us;
};

asio::awaitable<void> write_rows(Load& load) {
  const std::string card(900, 'x');
  while (load.next < load.end) {
    sql::Write write;
    write.calls.push_back({kInsert, {load.next++, card}, sql::Expect::one_row});
    const auto start = Clock::now();
    const auto written = co_await load.database.write(std::move(write));
    if (!written) stop(written.error());
    load.latencies_us.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
}

asio::awaitable<void> read_rows(Load& load) {
  while (load.next < load.end) {
    sql::Call call{kSelect, {load.next++ * 7919 % kWrites}};
    const auto start = Clock::now();
    const auto answer = co_await load.database.read(std::move(call));
    if (!answer) stop(answer.error());
    load.latencies_us.push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
}

void measure(const char* name, sql::Database& database, std::int64_t count,
             asio::awaitable<void> (*worker)(Load&)) {
  asio::io_context loop(1);
  Load load{database, 0, count, {}};
  const auto start = Clock::now();
  for (std::int64_t i = 0; i < kInFlight; ++i) asio::co_spawn(loop, worker(load), asio::detached);
  loop.run();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::ranges::sort(load.latencies_us);
  const auto at = [&](double q) {
    return load.latencies_us[static_cast<std::size_t>(q * static_cast<double>(count - 1))];
  };
  fmt::print("{:<28} {:>9.0f}/s  p50 {:>6.0f} us  p99 {:>6.0f} us\n", name,
             static_cast<double>(count) / seconds, at(0.5), at(0.99));
}

asio::awaitable<void> fill_cards(sql::Database& database) {
  const std::string card(2500, 'c');
  for (std::int64_t id = 0; id < kScanRows;) {
    sql::Write write;
    for (int i = 0; i < 500; ++i) write.calls.push_back({kInsertCard, {id++, card}});
    const auto written = co_await database.write(std::move(write));
    if (!written) stop(written.error());
  }
}

void measure_scan(sql::Database& database) {
  asio::io_context loop(1);
  asio::co_spawn(loop, fill_cards(database), asio::detached);
  loop.run();
  std::size_t bytes = 0;
  const auto start = Clock::now();
  const auto scanned =
      database.scan(sql::Call{kScan, {}}, [&bytes](std::span<const sql::Value> row) {
        bytes += sql::text(row[1]).size();
        return true;
      });
  if (!scanned) stop(scanned.error());
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  fmt::print("{:<28} {:>9.3f} s  ({} rows, {} MB)\n", "scan", seconds, kScanRows,
             bytes / 1'000'000);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path file = "sql_bench.db";
  const std::string url = argc > 1 ? argv[1] : "sqlite:" + file.string();
  if (argc <= 1) std::filesystem::remove(file);
  auto database = sql::open_database({.url = url});
  if (!database) stop(database.error());
  if (auto migrated = (*database)->migrate(kMigrations); !migrated) stop(migrated.error());
  fmt::print("{}, {} in flight\n", (*database)->engine(), kInFlight);
  measure("durable one-row writes", **database, kWrites, write_rows);
  measure("point reads", **database, kReads, read_rows);
  measure_scan(**database);
  const auto status = (*database)->status();
  fmt::print("{} writes in {} commits\n", status.committed_writes, status.commits);
  if (argc <= 1) std::filesystem::remove(file);
  return 0;
}
