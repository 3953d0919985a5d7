// Database over one SQLite file: one writer thread, a few reader threads.
#pragma once

#include "async/worker_pool.hpp"
#include "sql/sqlite_readers.hpp"
#include "sql/sqlite_writer.hpp"

namespace sovereign::sql {

class SqliteDatabase final : public Database {
 public:
  /// Creates the file when it is missing. Error: `unavailable`, naming the file in the context.
  static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                const DatabaseOptions& options);

  Task<ResultSet> read(Call call) override;
  Task<WriteResult> write(Write write) override;
  Result<void> scan(Call call, const RowVisitor& visit) override;
  Result<void> migrate(std::span<const Migration> migrations) override;
  Task<void> check() override;
  Result<void> backup(const std::string& path) override;
  std::unique_ptr<Listening> listen(std::string_view, std::function<void()>) override {
    return nullptr;
  }
  DatabaseStatus status() const override;
  std::string_view engine() const override { return "sqlite"; }

 private:
  SqliteDatabase(SqliteSettings settings, std::unique_ptr<SqliteConnection> writer,
                 const DatabaseOptions& options);

  const SqliteSettings settings_;
  SqliteReaders readers_;
  SqliteWriter writer_;
  async::WorkerPool workers_;  ///< Last, so that its jobs end before what they use.
};

}  // namespace sovereign::sql
