#include "sql/sqlite_readers.hpp"

namespace sovereign::sql {

Result<ResultSet> SqliteReaders::read(const Call& call) {
  auto connection = acquire();
  if (!connection) return std::unexpected(to_error(connection.error(), call.statement.name));
  auto result = (*connection)->run(call);
  if (!result) {
    // A fresh connection is cheap; one that met an I/O error may keep what it saw.
    if (!is_environment(result.error())) release(std::move(*connection));
    return std::unexpected(to_error(result.error(), call.statement.name));
  }
  release(std::move(*connection));
  return std::move(*result);
}

SqliteResult<std::unique_ptr<SqliteConnection>> SqliteReaders::acquire() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return SqliteConnection::open(settings_);
}

void SqliteReaders::release(std::unique_ptr<SqliteConnection> connection) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace sovereign::sql
