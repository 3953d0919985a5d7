// The data folder and the database in it, as every command opens them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/file_lock.hpp"
#include "registry/federation/key.hpp"
#include "settings.hpp"
#include "sql/database.hpp"

namespace sovereign::registry_app {

/// "sqlite:///<data_dir>/registry.db" unless a URL is set.
std::string database_url(const Settings& settings);

/// Makes the data folder (mode 0700) if it is missing. Error: `unavailable`, saying what to do.
Result<std::filesystem::path> prepare_data_dir(const Settings& settings);

/// Opens the database and brings its schema up to date.
Result<std::unique_ptr<sql::Database>> open_store(const Settings& settings);

/// The secret of peering, from the settings or from the data folder (which exists).
Result<registry::FederationKey> open_federation_key(const Settings& settings);

/// Opens the replica of database.replica_url. Errors: `unprocessable` unless both are PostgreSQL,
/// `unavailable`.
Result<std::unique_ptr<sql::Database>> open_replica(const Settings& settings);

/// Held while a server uses a data folder: two of them would answer from different memories. Error:
/// `conflict` when another server holds it.
Result<base::FileLock> lock_data_dir(const std::filesystem::path& data_dir);

}  // namespace sovereign::registry_app
