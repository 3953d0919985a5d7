// Reader connections of an SQLite database, opened when first needed and then shared in turn.
#pragma once

#include <mutex>
#include <vector>

#include "sql/sqlite_connection.hpp"

namespace sovereign::sql {

class SqliteReaders {
 public:
  explicit SqliteReaders(SqliteSettings settings) : settings_(std::move(settings)) {}

  /// Runs one SELECT. Blocks; any thread, and as many connections as threads at once.
  Result<ResultSet> read(const Call& call);

 private:
  SqliteResult<std::unique_ptr<SqliteConnection>> acquire();
  void release(std::unique_ptr<SqliteConnection> connection);

  const SqliteSettings settings_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

}  // namespace sovereign::sql
