// Database over a PostgreSQL server: a pool of pipelined connections for reads and writes, blocking
// sessions for migrations and scans.
#pragma once

#include "sql/postgres_pool.hpp"

namespace sovereign::sql {

class PostgresDatabase final : public Database {
 public:
  /// Connects once to see that the server answers and is new enough. Error: `unavailable`.
  static Result<std::unique_ptr<Database>> open(std::string conninfo,
                                                const DatabaseOptions& options);

  Task<ResultSet> read(Call call) override;
  Task<WriteResult> write(Write write) override;
  Result<void> scan(Call call, const RowVisitor& visit) override;
  Result<void> migrate(std::span<const Migration> migrations) override;
  Task<void> check() override;
  Result<void> backup(const std::string& path) override;
  std::unique_ptr<Listening> listen(std::string_view channel,
                                    std::function<void()> on_announcement) override;
  DatabaseStatus status() const override;
  std::string_view engine() const override { return "postgresql"; }

 private:
  PostgresDatabase(PostgresSettings settings, const DatabaseOptions& options);
  Task<WriteResult> submit(PostgresRequest::Kind kind, std::vector<Call> calls);

  const PostgresSettings settings_;
  PostgresPool pool_;
};

}  // namespace sovereign::sql
