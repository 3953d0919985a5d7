// agentvault-registry import, export, demo-data: agents as JSON lines, in and out.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "async/block_on.hpp"
#include "base/clock.hpp"
#include "commands/commands.hpp"
#include "crypto/random.hpp"
#include "registry/accounts/names.hpp"
#include "registry/accounts/store.hpp"
#include "registry/agents/demo_data.hpp"
#include "registry/agents/import.hpp"
#include "registry/agents/import_account.hpp"
#include "store_access.hpp"

namespace sovereign::registry_app {
namespace {

/// Progress on a terminal: how far, how fast; nothing elsewhere.
class ProgressBar {
 public:
  /// `total` in the unit that step() counts; 0 when it is not known.
  explicit ProgressBar(std::uint64_t total) : total_(total), shown_(::isatty(STDERR_FILENO) != 0) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void step(std::uint64_t done, std::size_t agents) {
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const auto rate =
        static_cast<std::uint64_t>(static_cast<double>(agents) / std::max(seconds, 0.001));
    if (total_ == 0) {
      fmt::print(stderr, "\r{} agents, {} a second ", agents, rate);
      return;
    }
    constexpr std::uint64_t kWidth = 40;
    const auto filled = std::min(kWidth, done * kWidth / total_);
    fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {:3}%  {} agents, {} a second ", "", filled, "",
               kWidth - filled, std::min<std::uint64_t>(100, done * 100 / total_), agents, rate);
  }

  /// Before anything else is printed.
  void clear() {
    if (shown_ && drawn_ != std::chrono::steady_clock::time_point{}) fmt::print(stderr, "\r\033[K");
  }

 private:
  const std::uint64_t total_;
  const bool shown_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point drawn_{};
};

/// Where lines come from: a file, or standard input.
class LineSource {
 public:
  explicit LineSource(const std::string& file) {
    if (file == "-") return;
    file_.open(file, std::ios::binary | std::ios::ate);
    if (file_) {
      size_ = static_cast<std::uint64_t>(file_.tellg());
      file_.seekg(0);
    }
    is_file_ = true;
  }
  bool is_open() const { return !is_file_ || file_.is_open(); }
  std::uint64_t size() const { return size_; }
  bool next(std::string& line) {
    return static_cast<bool>(std::getline(is_file_ ? file_ : std::cin, line));
  }

 private:
  std::ifstream file_;
  bool is_file_ = false;
  std::uint64_t size_ = 0;
};

Result<registry::UserId> find_owner(sql::Database& database, const std::string& email) {
  registry::AccountStore store(database);
  auto user = async::block_on(store.find_email(registry::fold_email(email)));
  if (!user) return Failure(user.error());
  if (!*user) {
    return base::fail(ErrorCode::not_found,
                      fmt::format("--owner: there is no account {}; register it, or make one with "
                                  "admin create",
                                  email));
  }
  return (*user)->user.id;
}

void print_report(const registry::ImportReport& report) {
  fmt::print("{} created, {} updated, {} unchanged, {} refused\n", report.created, report.updated,
             report.unchanged, report.refused);
}

/// What one import works with.
struct ImportRun {
  base::SystemClock clock;
  crypto::SystemRandom random;
  std::unique_ptr<sql::Database> database;
};

Result<registry::ImportSession> open_session(
    ImportRun& run, const std::string& owner_email,
    std::function<void(const registry::ImportProblem&)> on_problem) {
  registry::ImportOptions options{.only_own = !owner_email.empty(),
                                  .creates_publishers = owner_email.empty(),
                                  .on_problem = std::move(on_problem)};
  auto owner = owner_email.empty()
                   ? async::block_on(registry::ensure_import_account(*run.database, run.clock))
                   : find_owner(*run.database, owner_email);
  if (!owner) return Failure(owner.error());
  options.owner = *owner;
  return registry::ImportSession::open(*run.database, run.clock, run.random, std::move(options));
}

void print_problem(const registry::ImportProblem& problem) {
  if (problem.error.fields.empty()) {
    fmt::print(stderr, "line {}: {}\n", problem.line, problem.error.detail);
  }
  for (const auto& field : problem.error.fields) {
    fmt::print(stderr, "line {}: {} {}\n", problem.line, field.pointer, field.message);
  }
}

/// Adds every line that `next` gives.
Result<registry::ImportReport> import_lines(registry::ImportSession& session, ProgressBar& bar,
                                            const std::function<bool(std::string&)>& next) {
  std::uint64_t bytes = 0;
  std::size_t agents = 0;
  for (std::string line; next(line);) {
    bytes += line.size() + 1;
    if (auto added = async::block_on(session.add(std::move(line))); !added)
      return Failure(added.error());
    bar.step(bytes, ++agents);
    line.clear();
  }
  return async::block_on(session.finish());
}

}  // namespace

int import_agents(const Settings& settings, const ImportOptions& options) {
  LineSource source(options.file);
  if (!source.is_open()) {
    return report(
        {.code = ErrorCode::not_found, .detail = fmt::format("cannot read {}", options.file)});
  }
  auto database = open_store(settings);
  if (!database) return report(database.error());
  ImportRun run{.database = std::move(*database)};
  ProgressBar bar(source.size());
  auto session =
      open_session(run, options.owner_email, [&bar](const registry::ImportProblem& problem) {
        bar.clear();
        print_problem(problem);
      });
  if (!session) return report(session.error());
  const auto done =
      import_lines(*session, bar, [&source](std::string& line) { return source.next(line); });
  bar.clear();
  if (!done) return report(done.error());
  print_report(*done);
  return done->refused == 0 ? kDone : kFailed;
}

int export_agents(const Settings& settings, const ExportOptions& options) {
  auto database = open_store(settings);
  if (!database) return report(database.error());
  std::ofstream file;
  if (options.file != "-") file.open(options.file, std::ios::binary | std::ios::trunc);
  std::ostream& out = options.file == "-" ? std::cout : file;
  std::size_t count = 0;
  const auto exported = registry::export_agents(**database, [&](std::string_view line) {
    out << line << '\n';
    ++count;
  });
  out.flush();
  if (!exported) return report(exported.error());
  if (!out)
    return report(
        {.code = ErrorCode::unavailable, .detail = fmt::format("cannot write {}", options.file)});
  if (options.file != "-") fmt::print("Wrote {} agents to {}.\n", count, options.file);
  return kDone;
}

int load_demo_data(const Settings& settings, const DemoOptions& options) {
  auto database = open_store(settings);
  if (!database) return report(database.error());
  ImportRun run{.database = std::move(*database)};
  auto session = open_session(run, "", print_problem);
  if (!session) return report(session.error());
  const auto total = static_cast<std::size_t>(options.count);
  ProgressBar bar(total);
  std::size_t agents = 0;
  std::optional<Error> failed;
  registry::generate_demo({.count = total, .seed = static_cast<std::uint64_t>(options.seed)},
                          [&](std::string_view line) {
                            if (failed) return;
                            if (auto added = async::block_on(session->add(std::string(line)));
                                !added)
                              failed = added.error();
                            ++agents;
                            bar.step(agents, agents);
                          });
  bar.clear();
  if (failed) return report(*failed);
  const auto done = async::block_on(session->finish());
  if (!done) return report(done.error());
  print_report(*done);
  return kDone;
}

}  // namespace sovereign::registry_app
