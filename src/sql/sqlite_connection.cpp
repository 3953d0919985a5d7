#include "sql/sqlite_connection.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <thread>

namespace sovereign::sql {
namespace {

using namespace std::chrono_literals;

// About a millisecond of work between looks at the clock.
constexpr int kInstructionsPerProgressCall = 50'000;

/// SQLite makes a missing file with the umask's mode; the WAL and its index take over the file's.
SqliteResult<void> create_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) {
    ::close(file);
  } else if (errno != EEXIST) {
    return std::unexpected(
        SqliteError{SQLITE_CANTOPEN, fmt::format("{}: {}", path, std::strerror(errno))});
  }
  return {};
}

/// Counting every allocation under a lock costs a tenth of a write, and nobody reads the counts.
void stop_counting_memory() {
  [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void store(sqlite3_stmt* statement, int column, Value& value) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: value = sqlite3_column_int64(statement, column); return;
    case SQLITE_FLOAT: value = sqlite3_column_double(statement, column); return;
    case SQLITE_NULL: value = std::monostate{}; return;
    default: break;
  }
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  // A scan passes the same row each time: its strings keep their memory.
  if (auto* words = std::get_if<std::string>(&value)) {
    words->assign(bytes, size);
  } else {
    value.emplace<std::string>(bytes, size);
  }
}

/// Runs the ScalarFunction that was registered with the call.
void call_function(sqlite3_context* context, int count, sqlite3_value** values) {
  const auto& function = *static_cast<const ScalarFunction*>(sqlite3_user_data(context));
  try {
    std::vector<std::string_view> arguments(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(values[i]));
      if (bytes == nullptr) {
        const std::string message = function.name + ": an argument is NULL";
        return sqlite3_result_error(context, message.c_str(), -1);
      }
      arguments[i] = {bytes, static_cast<std::size_t>(sqlite3_value_bytes(values[i]))};
    }
    const std::string result = function.run(arguments);
    sqlite3_result_text64(context, result.data(), result.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } catch (const std::exception& error) {
    sqlite3_result_error(context, error.what(), -1);
  }
}

}  // namespace

struct SqliteConnection::Prepared {
  ~Prepared() { sqlite3_finalize(handle); }

  sqlite3_stmt* handle = nullptr;
  std::vector<int> numbers;  ///< Of each SQLite parameter, the N of its name $N.
  int parameters = 0;        ///< The highest N.
};

/// A statement from its binding to its reset, which also ends its read transaction.
class SqliteConnection::Execution {
 public:
  Execution(SqliteConnection& connection, Prepared& prepared)
      : connection_(connection), handle_(prepared.handle) {}
  ~Execution() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
    connection_.deadline_ = Deadline::max();
  }
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  SqliteResult<void> bind(const Prepared& prepared, const std::vector<Value>& parameters) {
    if (static_cast<std::size_t>(prepared.parameters) != parameters.size()) {
      return std::unexpected(
          SqliteError{SQLITE_RANGE,
                      fmt::format("{} parameters for {}", parameters.size(), prepared.parameters)});
    }
    for (std::size_t i = 0; i < prepared.numbers.size(); ++i) {
      const auto& value = parameters[static_cast<std::size_t>(prepared.numbers[i]) - 1];
      if (bind_one(static_cast<int>(i) + 1, value) != SQLITE_OK)
        return std::unexpected(last_error(connection_.handle_));
    }
    return {};
  }

  /// True with a row, false at the end.
  SqliteResult<bool> step() {
    switch (sqlite3_step(handle_)) {
      case SQLITE_ROW: return true;
      case SQLITE_DONE: return false;
      default: return std::unexpected(last_error(connection_.handle_));
    }
  }

  void read(Row& row) const {
    row.resize(static_cast<std::size_t>(sqlite3_column_count(handle_)));
    for (std::size_t i = 0; i < row.size(); ++i) store(handle_, static_cast<int>(i), row[i]);
  }

 private:
  int bind_one(int index, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
      return sqlite3_bind_int64(handle_, index, *number);
    if (const auto* number = std::get_if<double>(&value))
      return sqlite3_bind_double(handle_, index, *number);
    if (const auto* words = std::get_if<std::string>(&value)) {
      return sqlite3_bind_text64(handle_, index, words->data(), words->size(), SQLITE_STATIC,
                                 SQLITE_UTF8);
    }
    return sqlite3_bind_null(handle_, index);
  }

  SqliteConnection& connection_;
  sqlite3_stmt* handle_;
};

SqliteConnection::SqliteConnection(sqlite3* handle, const SqliteSettings& settings)
    : handle_(handle),
      access_(settings.access),
      timeout_(settings.timeout),
      functions_(settings.functions) {}

SqliteConnection::~SqliteConnection() {
  prepared_.clear();
  sqlite3_close_v2(handle_);
}

SqliteResult<std::unique_ptr<SqliteConnection>> SqliteConnection::open(
    const SqliteSettings& settings) {
  if (settings.access == SqliteSettings::Access::read_write) {
    if (auto created = create_file(settings.path); !created)
      return std::unexpected(created.error());
  }
  stop_counting_memory();
  sqlite3* handle = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int opened = sqlite3_open_v2(settings.path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, settings));
  if (opened != SQLITE_OK) return std::unexpected(last_error(handle));
  if (auto configured = connection->configure(); !configured) {
    return std::unexpected(configured.error());
  }
  return connection;
}

SqliteResult<void> SqliteConnection::configure() {
  sqlite3_busy_timeout(handle_, static_cast<int>(timeout_.count()));
  sqlite3_progress_handler(handle_, kInstructionsPerProgressCall, &SqliteConnection::on_progress,
                           this);
  // A misspelt column must be an error, as in PostgreSQL, not a string.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  if (auto registered = register_functions(); !registered) return registered;
  if (access_ == SqliteSettings::Access::read_only) {
    return execute("PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF; PRAGMA query_only=ON;");
  }
  if (auto switched = switch_to_wal(); !switched) return switched;
  // The log is cut back after a checkpoint, so that one burst does not keep its disk space. What a
  // savepoint keeps for a rollback stays in memory: in a file it costs more than the commit.
  return execute(
      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA mmap_size=0; PRAGMA "
      "trusted_schema=OFF;"
      "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; PRAGMA "
      "temp_store=MEMORY;");
}

SqliteResult<void> SqliteConnection::register_functions() {
  if (functions_ == nullptr) return {};
  for (const ScalarFunction& function : *functions_) {
    // Direct only: what a database file's own schema says must not reach our code.
    constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    // SQLite takes one pointer to give back; the function is not changed through it.
    auto* context = const_cast<ScalarFunction*>(&function);
    if (sqlite3_create_function_v2(handle_, function.name.c_str(), function.arguments, flags,
                                   context, &call_function, nullptr, nullptr,
                                   nullptr) != SQLITE_OK) {
      return std::unexpected(last_error(handle_));
    }
  }
  return {};
}

SqliteResult<void> SqliteConnection::switch_to_wal() {
  // While another process switches, SQLite answers "busy" at once instead of waiting.
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  for (;;) {
    const auto switched = execute("PRAGMA journal_mode=WAL");
    if (switched || (switched.error().code & 0xff) != SQLITE_BUSY) return switched;
    if (std::chrono::steady_clock::now() >= deadline) return switched;
    std::this_thread::sleep_for(5ms);
  }
}

SqliteResult<SqliteConnection::Prepared*> SqliteConnection::prepare(const Statement& statement) {
  auto& slot = prepared_[std::string(statement.name)];
  if (slot != nullptr && slot->handle != nullptr) {
    if (statement.sql == sqlite3_sql(slot->handle)) return slot.get();
    return std::unexpected(SqliteError{SQLITE_MISUSE, "two statements share one name"});
  }
  slot = std::make_unique<Prepared>();
  const auto size = static_cast<int>(statement.sql.size());
  if (sqlite3_prepare_v3(handle_, statement.sql.data(), size, SQLITE_PREPARE_PERSISTENT,
                         &slot->handle, nullptr) != SQLITE_OK) {
    return std::unexpected(last_error(handle_));
  }
  if (access_ == SqliteSettings::Access::read_only && sqlite3_stmt_readonly(slot->handle) == 0) {
    slot.reset();
    return std::unexpected(SqliteError{SQLITE_MISUSE, "a read that writes"});
  }
  // SQLite counts "$7" as just another name, in order of appearance.
  for (int i = 1; i <= sqlite3_bind_parameter_count(slot->handle); ++i) {
    const char* name = sqlite3_bind_parameter_name(slot->handle, i);
    int number = 0;
    if (name != nullptr && *name == '$')
      std::from_chars(name + 1, name + std::strlen(name), number);
    if (number < 1) {
      slot.reset();
      return std::unexpected(SqliteError{SQLITE_MISUSE, "parameters are $1, $2 ..."});
    }
    slot->numbers.push_back(number);
    slot->parameters = std::max(slot->parameters, number);
  }
  return slot.get();
}

SqliteResult<ResultSet> SqliteConnection::run(const Call& call) {
  const auto prepared = prepare(call.statement);
  if (!prepared) return std::unexpected(prepared.error());
  const auto changes_before = sqlite3_total_changes64(handle_);
  deadline_ = std::chrono::steady_clock::now() + timeout_;
  Execution execution(*this, **prepared);
  if (auto bound = execution.bind(**prepared, call.parameters); !bound)
    return std::unexpected(bound.error());
  ResultSet result;
  for (;;) {
    const auto row = execution.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    execution.read(result.rows.emplace_back());
  }
  // What sqlite3_changes says stays as it was when a statement changes nothing of its own.
  if (sqlite3_total_changes64(handle_) != changes_before)
    result.affected = sqlite3_changes64(handle_);
  return result;
}

SqliteResult<void> SqliteConnection::scan(const Call& call, const RowVisitor& visit) {
  const auto prepared = prepare(call.statement);
  if (!prepared) return std::unexpected(prepared.error());
  Execution execution(*this, **prepared);
  if (auto bound = execution.bind(**prepared, call.parameters); !bound)
    return std::unexpected(bound.error());
  Row row;
  for (;;) {
    const auto stepped = execution.step();
    if (!stepped) return std::unexpected(stepped.error());
    if (!*stepped) return {};
    execution.read(row);
    if (!visit(row)) return {};
  }
}

SqliteResult<void> SqliteConnection::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(last_error(handle_));
}

bool SqliteConnection::breaks_foreign_keys() const {
  int broken = 0;
  int unused = 0;
  sqlite3_db_status(handle_, SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &unused, 0);
  return broken != 0;
}

int SqliteConnection::on_progress(void* self) {
  return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->deadline_ ? 1 : 0;
}

}  // namespace sovereign::sql
