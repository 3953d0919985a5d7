#include "daemon/foundation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "core/migrations.hpp"
#include "operations/program.hpp"

namespace sovereign::opensentience {
namespace {

Result<base::FileLock> lock_home(const core::Home& home) {
  auto lock = base::FileLock::take(home.lock());
  if (lock || lock.error().code != ErrorCode::conflict) return lock;
  return base::fail(ErrorCode::conflict,
                    fmt::format("The daemon runs already for {} ({}). Stop it, or set "
                                "OPENSENTIENCE_HOME to another folder.",
                                home.root().native(), lock.error().detail));
}

Result<std::unique_ptr<sql::Database>> open_database(Foundation& foundation) {
  auto database = sql::open_database({.url = "sqlite://" + foundation.home.database().native(),
                                      .functions = foundation.chain.functions()});
  if (!database) return database;
  if (auto migrated = (*database)->migrate(core::migrations()); !migrated) {
    return Failure(std::move(migrated.error()));
  }
  return database;
}

Result<core::AdminToken> load_token(Foundation& foundation) {
  auto path = core::admin_token_path(foundation.home);
  if (!path) return Failure(std::move(path.error()));
  return core::AdminToken::load(std::move(*path),
                                {.random = foundation.random,
                                 .pool = foundation.files,
                                 .on_token = [&foundation](std::string_view token) {
                                   foundation.token_secret =
                                       foundation.redactor.add_secret(std::string(token));
                                 }});
}

}  // namespace

Foundation::Foundation(core::Home home_folder, Settings all_settings, telemetry::Log& program_log,
                       base::FileLock taken)
    : home(std::move(home_folder)),
      settings(std::move(all_settings)),
      log(program_log),
      lock(std::move(taken)),
      access_log(operations::access_log_options(log_settings(settings)), clock),
      files({.name = "files", .threads = 2, .queue_limit = 1024}),
      scans({.name = "scans", .threads = 1, .queue_limit = 16}),
      chain(redactor) {}

Result<std::unique_ptr<Foundation>> Foundation::open(core::Home home, Settings settings,
                                                     telemetry::Log& log) {
  if (auto prepared = home.prepare(); !prepared) return Failure(std::move(prepared.error()));
  auto lock = lock_home(home);
  if (!lock) return Failure(std::move(lock.error()));
  if (auto reaping = process::become_subreaper(); !reaping) {
    return Failure(std::move(reaping.error()));
  }
  auto foundation =
      std::make_unique<Foundation>(std::move(home), std::move(settings), log, std::move(*lock));
  auto key = crypto::Ed25519Key::load_or_create(foundation->home.audit_key(), foundation->random);
  if (!key) return Failure(std::move(key.error()));
  foundation->audit_key.emplace(std::move(*key));
  auto token = load_token(*foundation);
  if (!token) return Failure(std::move(token.error()));
  foundation->token.emplace(std::move(*token));
  auto database = open_database(*foundation);
  if (!database) return Failure(std::move(database.error()));
  foundation->database = std::move(*database);
  return foundation;
}

}  // namespace sovereign::opensentience
