// One SQLite connection with its prepared statements. Blocks; used by one thread at a time.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "sql/sqlite_error.hpp"

namespace sovereign::sql {

struct SqliteSettings {
  enum class Access { read_only, read_write };
  std::string path;
  Access access = Access::read_write;
  std::chrono::milliseconds timeout{5000};  ///< For a lock held elsewhere, and for one statement.
  /// Registered on the connection; shared by all of a database.
  std::shared_ptr<const std::vector<ScalarFunction>> functions = nullptr;
};

class SqliteConnection {
 public:
  /// Creates the file with mode 0600 when `access` is read_write and there is none.
  static SqliteResult<std::unique_ptr<SqliteConnection>> open(const SqliteSettings& settings);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  /// Runs one statement to its end; it is prepared once and kept by its name.
  SqliteResult<ResultSet> run(const Call& call);

  /// Passes each row of a SELECT to `visit` until it says false. No time limit.
  SqliteResult<void> scan(const Call& call, const RowVisitor& visit);

  /// Runs SQL text with any number of statements and no parameters.
  SqliteResult<void> execute(const std::string& sql);

  /// False once a failed statement has rolled the whole transaction back.
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  /// Whether the open transaction leaves a deferred foreign key unsatisfied.
  bool breaks_foreign_keys() const;

  sqlite3* handle() const { return handle_; }

 private:
  struct Prepared;
  class Execution;
  using Deadline = std::chrono::steady_clock::time_point;

  SqliteConnection(sqlite3* handle, const SqliteSettings& settings);
  SqliteResult<void> configure();
  SqliteResult<void> register_functions();
  SqliteResult<void> switch_to_wal();
  SqliteResult<Prepared*> prepare(const Statement& statement);
  static int on_progress(void* self);

  sqlite3* handle_;
  const SqliteSettings::Access access_;
  const std::chrono::milliseconds timeout_;
  const std::shared_ptr<const std::vector<ScalarFunction>> functions_;
  Deadline deadline_ = Deadline::max();
  std::unordered_map<std::string, std::unique_ptr<Prepared>> prepared_;
};

}  // namespace sovereign::sql
