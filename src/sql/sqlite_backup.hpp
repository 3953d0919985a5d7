// A consistent copy of an SQLite database that is in use.
#pragma once

#include <string>

#include "base/error.hpp"
#include "sql/sqlite_connection.hpp"

namespace sovereign::sql {

/// Copies into a new file beside `path` (mode 0600), makes it durable, then renames it to `path`,
/// so that `path` is never half a database. Errors: `unprocessable` when `path` is the database
/// itself, `unavailable` when it cannot be written. Blocks.
Result<void> write_sqlite_backup(const SqliteSettings& source, const std::string& path);

}  // namespace sovereign::sql
