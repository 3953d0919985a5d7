// The one interface to SQL. Two engines stand behind it, SQLite and PostgreSQL, with the same
// statements, the same migrations and the same test suite.
//
// A write is a value: a list of statements with what each is expected to do. No caller code runs
// inside a transaction, so SQLite can commit many writes with one fsync and PostgreSQL needs one
// round trip for the statements and one for the commit. Rules are conditional statements with an
// expectation (UPDATE ... WHERE consumed = 0, one row): they hold at PostgreSQL's READ COMMITTED,
// while a decision taken from an earlier read() does not.
//
// The shared dialect: columns are BIGINT, DOUBLE PRECISION or TEXT; parameters $1, $2 ... each with
// the type of its place, or CAST($1 AS BIGINT) where the place has none; strings in single quotes.
// LIKE folds case on SQLite only: compare lower(x). Constraints are not deferred.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "async/task.hpp"
#include "base/error.hpp"

namespace sovereign::sql {

/// NULL, 64-bit integer (also booleans as 0/1 and timestamps in microseconds), double, text. Text
/// is UTF-8 without NUL and a double is no NaN: others are refused as `unprocessable`.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;
using Row = std::vector<Value>;

/// A column as the type it must have; a mismatch is our bug and ends the program.
std::int64_t integer(const Value& value);
double real(const Value& value);
const std::string& text(const Value& value);
inline bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

/// One SQL statement: a named constant beside the store that uses it.
struct Statement {
  std::string_view name;  ///< For metrics and prepared statements, so unique: "agents.insert".
  std::string_view sql;
};

/// What a statement in a write must do, else the whole write is rolled back and rejected: `one_row`
/// is affected (or, by a SELECT, returned), neither none nor several.
enum class Expect { anything, one_row };

/// A statement with its parameters. `statement` must outlive the call (they are constants).
struct Call {
  const Statement& statement;
  std::vector<Value> parameters;
  Expect expect = Expect::anything;
};

struct ResultSet {
  std::vector<Row> rows;      ///< Of SELECT and RETURNING.
  std::int64_t affected = 0;  ///< Rows inserted, updated or deleted.
};

/// Statements that commit together, in this order.
struct Write {
  std::vector<Call> calls;
};

/// Why a write was rolled back by its own rules. A normal outcome, not a failure of the database.
struct Rejection {
  enum class Kind { expectation, unique, foreign_key, check };
  Kind kind = Kind::expectation;
  std::size_t call = 0;  ///< Index into Write::calls.
  /// With unique: "table.column" of the (first) column of the violated key, on both engines, or
  /// "table.index" where the key starts with an expression. With several violated keys, any of
  /// them. Empty with the other kinds, since SQLite does not tell.
  std::string constraint;
};

/// One ResultSet for each call, or why nothing was written.
using WriteResult = std::expected<std::vector<ResultSet>, Rejection>;

/// Called with each row of a scan; return false to end it.
using RowVisitor = std::function<bool(std::span<const Value>)>;

/// A numbered migration; `sql` may hold several statements. ${SEQUENCE} stands for an
/// auto-incrementing 64-bit primary key column type, never reused, in the engine's words.
struct Migration {
  int number = 0;  ///< From 1, without gaps.
  std::string_view name;
  std::string_view sql;
};

/// For metrics and readiness.
struct DatabaseStatus {
  std::size_t waiting_writes = 0;
  std::size_t waiting_reads = 0;
  std::uint64_t commits = 0;           ///< Transactions (SQLite: fsyncs) so far.
  std::uint64_t committed_writes = 0;  ///< Writes in them.
};

/// Ends with it; see Database::listen().
class Listening {
 public:
  virtual ~Listening() = default;
};

/// Any member may be called from any thread; coroutines resume on their own executor, whose event
/// loop must outlive its calls. Environment
/// failures (lost server, full disk, lock held by another process, full queue) are `unavailable`;
/// the same object works again once the cause is gone. A write whose outcome is unknown because the
/// server went away during COMMIT is `unavailable` too, with context "commit outcome unknown".
class Database {
 public:
  virtual ~Database() = default;

  /// Runs one SELECT outside a transaction. Sees every write that was acknowledged before. A
  /// statement that would write is refused (`internal`).
  virtual Task<ResultSet> read(Call call) = 0;

  /// Commits all of `write` durably (fsync before the answer), or nothing. PostgreSQL's durability
  /// is the server's `synchronous_commit`. A deadlock or serialization failure is tried once more.
  virtual Task<WriteResult> write(Write write) = 0;

  /// Streams the rows of a SELECT to `visit` from one consistent snapshot, without a time limit.
  /// Blocks: for start-up and commands, never on an event loop. `visit` sees its row only
  /// meanwhile.
  virtual Result<void> scan(Call call, const RowVisitor& visit) = 0;

  /// Brings the schema to the newest migration; safe when several processes start at once. Blocks.
  /// A database that is newer than `migrations` is refused (`unavailable`), and one whose applied
  /// migrations were edited since (`internal`).
  virtual Result<void> migrate(std::span<const Migration> migrations) = 0;

  /// Whether the engine answers now.
  virtual Task<void> check() = 0;

  /// Writes a consistent copy to `path` (mode 0600, replaced at once or not at all) while the
  /// database is in use (SQLite). PostgreSQL answers `unprocessable`, naming pg_dump. Blocks.
  virtual Result<void> backup(const std::string& path) = 0;

  /// Calls `on_announcement`, on a thread of its own, soon after a transaction that called
  /// pg_notify(channel, ...) committed (PostgreSQL), and sometimes without need. Reconnects by
  /// itself; what is announced meanwhile may go unheard. Null where nothing is announced (SQLite).
  /// `channel` is a lower-case word of ours.
  virtual std::unique_ptr<Listening> listen(std::string_view channel,
                                            std::function<void()> on_announcement) = 0;

  virtual DatabaseStatus status() const = 0;
  /// "sqlite" or "postgresql".
  virtual std::string_view engine() const = 0;
};

/// A function for use in statements, on SQLite only. It runs on any of the database's threads, must
/// give equal answers to equal arguments within one statement, and should not throw: what it throws
/// fails the statement (`internal`).
struct ScalarFunction {
  std::string name;
  int arguments = 0;
  /// Gets every argument as text (numbers in decimal); NULL fails the statement.
  std::function<std::string(std::span<const std::string_view> arguments)> run;
};

struct DatabaseOptions {
  /// "sqlite:///absolute/path", "sqlite:relative/path" or "postgresql://user@host/name" (also
  /// "postgres://", and libpq's host=... parameters for Unix sockets).
  std::string url;
  std::size_t connections = 4;              ///< SQLite reader connections, PostgreSQL connections.
  std::size_t queue_limit = 4096;           ///< Writes or reads waiting; more are `unavailable`.
  std::chrono::milliseconds timeout{5000};  ///< For one statement, and for a lock held elsewhere.
  /// What they refer to must outlive the database. PostgreSQL refuses them: `unprocessable`.
  std::vector<ScalarFunction> functions = {};
};

/// Opens (SQLite: creates, mode 0600) the database. Errors: `malformed` for a URL that cannot be
/// read, else `unavailable` with what to do.
Result<std::unique_ptr<Database>> open_database(const DatabaseOptions& options);

/// `url` with its password replaced by "***"; for logs and --print-config.
std::string mask_password(std::string_view url);

}  // namespace sovereign::sql
