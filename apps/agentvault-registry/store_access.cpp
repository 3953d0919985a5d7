#include "store_access.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "crypto/random.hpp"
#include "registry/migrations.hpp"

namespace sovereign::registry_app {
namespace {

namespace fs = std::filesystem;

bool is_postgres(std::string_view url) { return !url.starts_with("sqlite:"); }

/// Connections go to a primary unless the URL says something else; a replica is none.
std::string with_any_server(std::string url) {
  constexpr std::string_view kServers = "target_session_attrs";
  if (url.find(kServers) != url.npos) return url;
  const bool is_uri = url.find("://") != url.npos;
  const auto* separator = !is_uri ? " " : url.find('?') == url.npos ? "?" : "&";
  return fmt::format("{}{}{}=any", url, separator, kServers);
}

sql::DatabaseOptions database_options(const Settings& settings) {
  return {.url = database_url(settings),
          .connections = static_cast<std::size_t>(settings.database_connections),
          .timeout = std::chrono::milliseconds(settings.database_statement_timeout_ms)};
}

}  // namespace

std::string database_url(const Settings& settings) {
  if (!settings.database_url.empty()) return settings.database_url;
  return "sqlite://" + (fs::absolute(settings.data_dir) / "registry.db").string();
}

Result<fs::path> prepare_data_dir(const Settings& settings) {
  const fs::path path = fs::absolute(settings.data_dir);
  std::error_code error;
  const bool is_new = !fs::exists(path, error);
  fs::create_directories(path, error);
  if (!error && is_new) fs::permissions(path, fs::perms::owner_all, error);
  if (!error && ::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) {
    return base::fail(
        ErrorCode::unavailable,
        fmt::format("cannot use the data folder {} ({}); choose another with --data-dir",
                    path.string(), error.message()));
  }
  return path;
}

Result<std::unique_ptr<sql::Database>> open_store(const Settings& settings) {
  if (auto folder = prepare_data_dir(settings); !folder) return Failure(folder.error());
  auto database = sql::open_database(database_options(settings));
  if (!database) return Failure(database.error());
  if (auto migrated = (*database)->migrate(registry::migrations()); !migrated)
    return Failure(migrated.error());
  return database;
}

Result<registry::FederationKey> open_federation_key(const Settings& settings) {
  crypto::SystemRandom random;
  return registry::FederationKey::load(settings.federation_key,
                                       fs::absolute(settings.data_dir) / "federation.key", random);
}

Result<std::unique_ptr<sql::Database>> open_replica(const Settings& settings) {
  if (!is_postgres(database_url(settings)) || !is_postgres(settings.database_replica_url)) {
    return base::fail(ErrorCode::unprocessable,
                      "database.replica_url is for PostgreSQL, and so is database.url then");
  }
  auto options = database_options(settings);
  options.url = with_any_server(settings.database_replica_url);
  return sql::open_database(options);
}

Result<base::FileLock> lock_data_dir(const fs::path& data_dir) {
  auto lock = base::FileLock::take(data_dir / "server.lock");
  if (lock || lock.error().code != ErrorCode::conflict) return lock;
  return base::fail(
      ErrorCode::conflict,
      fmt::format("another registry is serving from {} ({}); stop it, or choose another --data-dir",
                  data_dir.string(), lock.error().detail));
}

}  // namespace sovereign::registry_app
