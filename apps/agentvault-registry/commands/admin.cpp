// agentvault-registry admin create
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>

#include "async/block_on.hpp"
#include "commands/commands.hpp"
#include "infrastructure.hpp"
#include "mail_postbox.hpp"
#include "registry/accounts/passwords.hpp"
#include "registry/accounts/service.hpp"
#include "store_access.hpp"

namespace sovereign::registry_app {
namespace {

/// Turns the terminal's echo off while it lives.
class EchoOff {
 public:
  EchoOff() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~EchoOff() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

/// One line of standard input; asked for, unseen and twice, on a terminal.
Result<std::string> read_password() {
  const bool asks = ::isatty(STDIN_FILENO) != 0;
  std::string password;
  if (!asks) {
    if (!std::getline(std::cin, password)) {
      return base::fail(ErrorCode::unprocessable,
                        "give the password as one line on standard input");
    }
    return password;
  }
  const EchoOff silent;
  fmt::print(stderr, "Password: ");
  std::getline(std::cin, password);
  fmt::print(stderr, "\nOnce more: ");
  std::string again;
  std::getline(std::cin, again);
  fmt::print(stderr, "\n");
  if (password != again)
    return base::fail(ErrorCode::unprocessable, "the two passwords differ; nothing was changed");
  return password;
}

/// An administrator made here is verified: there is no letter to send.
class NoPostbox final : public registry::Postbox {
 public:
  void post(mail::Message) override {}
};

}  // namespace

int create_admin(const Settings& settings, const AdminOptions& options) {
  auto database = open_store(settings);
  if (!database) return report(database.error());
  std::string password;
  if (!options.promote) {
    auto read = read_password();
    if (!read) return report(read.error());
    password = std::move(*read);
  }
  const base::SystemClock clock;
  crypto::SystemRandom random;
  WorkerPools pools(settings);
  const crypto::PasswordHasher hasher({}, random);
  registry::Passwords passwords(pools.passwords, hasher);
  registry::Standing standing{std::chrono::minutes(settings.access_token_minutes)};
  // A server that runs learns of the change from the database.
  cache::MemoryBroadcast nobody;
  registry::Revocations revocations(nobody, standing, clock);
  NoPostbox postbox;
  registry::Accounts accounts(
      {**database, clock, random, passwords, standing, revocations, postbox}, {});
  const auto existing =
      options.promote ? registry::ExistingAccount::promote : registry::ExistingAccount::refuse;
  auto created = async::block_on(accounts.create_admin(
      {.email = options.email, .username = options.username, .password = std::move(password)},
      existing));
  if (!created) return report(created.error());
  fmt::print("{} is an administrator.\n", created->email);
  return kDone;
}

}  // namespace sovereign::registry_app
