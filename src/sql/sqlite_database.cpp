#include "sql/sqlite_database.hpp"

#include <filesystem>

#include "async/run_blocking.hpp"
#include "sql/migrations.hpp"
#include "sql/rules.hpp"
#include "sql/sqlite_backup.hpp"

namespace sovereign::sql {
namespace {

constexpr Statement kCheck{"database.check", "SELECT count(*) FROM sqlite_schema"};

SqliteSettings read_only(SqliteSettings settings) {
  settings.access = SqliteSettings::Access::read_only;
  return settings;
}

class SqliteMigrationTarget final : public MigrationTarget {
 public:
  explicit SqliteMigrationTarget(SqliteConnection& connection) : connection_(connection) {}

  Result<void> begin_exclusive() override { return execute("BEGIN EXCLUSIVE"); }

  Result<void> execute(const std::string& sql) override {
    if (auto executed = connection_.execute(sql); !executed) {
      return std::unexpected(to_error(executed.error(), "migrate"));
    }
    return {};
  }

  Result<ResultSet> select(const Statement& statement) override {
    auto selected = connection_.run(Call{statement, {}});
    if (!selected) return std::unexpected(to_error(selected.error(), statement.name));
    return std::move(*selected);
  }

  std::string_view sequence_type() const override { return "INTEGER PRIMARY KEY AUTOINCREMENT"; }

 private:
  SqliteConnection& connection_;
};

}  // namespace

Result<std::unique_ptr<Database>> SqliteDatabase::open(const std::string& path,
                                                       const DatabaseOptions& options) {
  std::error_code ignored;
  // Absolute, so that a later change of the working directory does not matter.
  const auto absolute = std::filesystem::absolute(path, ignored);
  SqliteSettings settings{.path = absolute.string(), .timeout = options.timeout};
  if (!options.functions.empty())
    settings.functions = std::make_shared<const std::vector<ScalarFunction>>(options.functions);
  auto writer = SqliteConnection::open(settings);
  if (!writer) {
    Error error = to_error(writer.error(), settings.path);
    error.code = ErrorCode::unavailable;
    error.detail =
        "The database file cannot be opened; check its folder, its permissions and that it is an "
        "SQLite file.";
    return std::unexpected(std::move(error));
  }
  return std::unique_ptr<Database>(
      new SqliteDatabase(std::move(settings), std::move(*writer), options));
}

SqliteDatabase::SqliteDatabase(SqliteSettings settings, std::unique_ptr<SqliteConnection> writer,
                               const DatabaseOptions& options)
    : settings_(std::move(settings)),
      readers_(read_only(settings_)),
      writer_(settings_, std::move(writer), options.queue_limit),
      workers_({.name = "sqlite-reader",
                .threads = options.connections,
                .queue_limit = options.queue_limit}) {}

Task<ResultSet> SqliteDatabase::read(Call call) {
  if (auto checked = check_parameters(call); !checked) co_return std::unexpected(checked.error());
  auto job = [this, &call]() -> Result<ResultSet> { return readers_.read(call); };
  auto result = co_await async::run_blocking(workers_, std::move(job));
  co_return result;
}

Task<WriteResult> SqliteDatabase::write(Write write) {
  if (auto checked = check_parameters(write); !checked) co_return std::unexpected(checked.error());
  if (write.calls.empty()) co_return WriteResult();
  auto start = [this, &write](Completion<WriteResult> complete) {
    writer_.submit(std::move(write), std::move(complete));
  };
  auto result = co_await await_completion<WriteResult>(std::move(start));
  co_return result;
}

Result<void> SqliteDatabase::scan(Call call, const RowVisitor& visit) {
  if (auto checked = check_parameters(call); !checked) return checked;
  auto connection = SqliteConnection::open(read_only(settings_));
  if (!connection) return std::unexpected(to_error(connection.error(), call.statement.name));
  if (auto scanned = (*connection)->scan(call, visit); !scanned) {
    return std::unexpected(to_error(scanned.error(), call.statement.name));
  }
  return {};
}

Result<void> SqliteDatabase::migrate(std::span<const Migration> migrations) {
  auto connection = SqliteConnection::open(settings_);
  if (!connection) return std::unexpected(to_error(connection.error(), "migrate"));
  SqliteMigrationTarget target(**connection);
  return apply_migrations(target, migrations);
}

Task<void> SqliteDatabase::check() {
  const auto answer = co_await read(Call{kCheck, {}});
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<void>();
}

Result<void> SqliteDatabase::backup(const std::string& path) {
  return write_sqlite_backup(read_only(settings_), path);
}

DatabaseStatus SqliteDatabase::status() const {
  const auto counts = writer_.counts();
  return {counts.waiting, workers_.queued(), counts.commits, counts.committed_writes};
}

}  // namespace sovereign::sql
