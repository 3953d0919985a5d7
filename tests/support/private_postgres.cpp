#include "support/private_postgres.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sovereign::support {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kStartLimit = 60s;

fs::path newest_programs() {
  fs::path newest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(entry.path() / "bin/initdb") && entry.path() > newest) newest = entry.path();
  }
  if (newest.empty())
    throw std::runtime_error("PostgreSQL is missing: install the package postgresql");
  return newest / "bin";
}

/// PostgreSQL refuses to run as root; nullptr when we are not root.
const passwd* unprivileged_account() {
  if (::geteuid() != 0) return nullptr;
  const passwd* account = ::getpwnam("postgres");
  if (account == nullptr) account = ::getpwnam("nobody");
  if (account == nullptr)
    throw std::runtime_error("root needs an account postgres or nobody to run PostgreSQL");
  return account;
}

/// In the child: become `account`, die with the parent, log to `log`, run. Never returns.
[[noreturn]] void run_program(const std::vector<std::string>& words, const passwd* account,
                              const std::string& log, pid_t parent) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (account != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(account->pw_gid) != 0 ||
                             ::setuid(account->pw_uid) != 0)) {
    ::_exit(126);
  }
  // After the change of user, which would clear it.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) ::_exit(126);
  ::setpgid(0, 0);
  const int file = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  const passwd* account = unprivileged_account();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) run_program(words, account, log, parent);
  return child;
}

std::string read_text(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void run_to_end(const std::vector<std::string>& words, const std::string& log) {
  int status = 0;
  ::waitpid(spawn(words, log), &status, 0);
  if (status != 0) throw std::runtime_error(words.front() + " failed: " + read_text(log));
}

}  // namespace

PrivatePostgres::PrivatePostgres(Storage storage) : storage_(storage) {
  if (const passwd* account = unprivileged_account()) {
    if (::chown(folder_.path().c_str(), account->pw_uid, account->pw_gid) != 0) {
      throw std::system_error(errno, std::generic_category(), "chown");
    }
  }
  initialise();
  start();
}

PrivatePostgres::~PrivatePostgres() { crash(); }

PrivatePostgres& PrivatePostgres::shared() {
  static PrivatePostgres server(Storage::volatile_storage);
  return server;
}

void PrivatePostgres::initialise() {
  run_to_end({newest_programs() / "initdb", "--pgdata=" + folder_.file("data"),
              "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync",
              "--no-instructions", "--wal-segsize=1"},
             folder_.file("initdb.log"));
}

void PrivatePostgres::start() {
  const fs::path state = folder_.path() / "data/postmaster.pid";
  fs::remove(state);
  server_ = spawn({newest_programs() / "postgres", "-D", folder_.file("data"), "-k", folder_.path(),
                   "-c", "listen_addresses=", "-c",
                   fmt::format("fsync={}", storage_ == Storage::durable ? "on" : "off"), "-c",
                   "shared_buffers=16MB", "-c", "max_connections=40", "-c", "autovacuum=off", "-c",
                   "max_wal_size=64MB"},
                  folder_.file("server.log"));
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  // The server writes "ready" there once it takes connections, and nothing else tells without a
  // client.
  while (read_text(state).find("ready") == std::string::npos) {
    if (::waitpid(server_, nullptr, WNOHANG) == server_) server_ = 0;
    if (server_ == 0 || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("PostgreSQL did not start: " +
                               read_text(folder_.file("server.log")));
    }
    std::this_thread::sleep_for(2ms);
  }
}

void PrivatePostgres::crash() { end(SIGQUIT); }
void PrivatePostgres::stop() { end(SIGINT); }

void PrivatePostgres::end(int signal) {
  if (server_ == 0) return;
  ::kill(server_, SIGCONT);
  ::kill(server_, signal);
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void PrivatePostgres::signal_all(int signal) const {
  // Its processes are sessions of their own; all are children of the server.
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    // "pid (name) state parent ...": the name may hold anything, so look behind it.
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) continue;
    if (std::stoi(line.substr(name_end + 4)) == server_) ::kill(std::stoi(line), signal);
  }
  ::kill(server_, signal);
}

void PrivatePostgres::freeze() { signal_all(SIGSTOP); }
void PrivatePostgres::thaw() { signal_all(SIGCONT); }

std::string PrivatePostgres::url(std::string_view schema) const {
  std::string url = fmt::format("postgresql://postgres@/postgres?host={}", folder_.path().string());
  if (!schema.empty()) url += fmt::format("&options=-csearch_path%3D{}", schema);
  return url;
}

std::string PrivatePostgres::url_of_new_schema() {
  const auto schema = fmt::format("test_{}", ++schemas_);
  run_to_end({newest_programs() / "psql", "--no-psqlrc", "--quiet", "--dbname=" + url(),
              "--command=CREATE SCHEMA " + schema},
             folder_.file("psql.log"));
  return url(schema);
}

}  // namespace sovereign::support
