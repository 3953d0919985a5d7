// Chooses the engine by the URL.
#include "sql/database.hpp"

#include "sql/postgres_database.hpp"
#include "sql/sqlite_database.hpp"
#include "sql/url.hpp"

namespace sovereign::sql {

Result<std::unique_ptr<Database>> open_database(const DatabaseOptions& options) {
  const auto address = parse_database_url(options.url);
  if (!address) return std::unexpected(address.error());
  if (const auto* sqlite = std::get_if<SqliteAddress>(&*address))
    return SqliteDatabase::open(sqlite->path, options);
  if (!options.functions.empty()) {
    return base::fail(ErrorCode::unprocessable, "This database must be an SQLite file.",
                      "SQL functions of ours run on SQLite only");
  }
  return PostgresDatabase::open(std::get<PostgresAddress>(*address).conninfo, options);
}

}  // namespace sovereign::sql
