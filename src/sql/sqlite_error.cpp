#include "sql/sqlite_error.hpp"

#include <sqlite3.h>

#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

constexpr std::string_view kUniquePrefix = "UNIQUE constraint failed: ";

/// Of "index 'name'", which SQLite says where a key holds an expression: the index with its table.
std::string qualify_index(std::string_view index, sqlite3* connection) {
  sqlite3_stmt* statement = nullptr;
  std::string qualified(index);
  constexpr auto sql = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?";
  if (sqlite3_prepare_v2(connection, sql, -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_text(statement, 1, index.data(), static_cast<int>(index.size()), SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW) {
      qualified = fmt::format(
          "{}.{}", reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)), index);
    }
  }
  sqlite3_finalize(statement);
  return qualified;
}

/// "UNIQUE constraint failed: agents.owner, agents.name" -> "agents.owner".
std::string unique_constraint(std::string_view message, sqlite3* connection) {
  if (!message.starts_with(kUniquePrefix)) return {};
  message.remove_prefix(kUniquePrefix.size());
  constexpr std::string_view index_prefix = "index '";
  if (message.starts_with(index_prefix) && message.ends_with('\'')) {
    message.remove_prefix(index_prefix.size());
    message.remove_suffix(1);
    return qualify_index(message, connection);
  }
  return std::string(message.substr(0, message.find(',')));
}

}  // namespace

SqliteError last_error(sqlite3* connection) {
  return {sqlite3_extended_errcode(connection), sqlite3_errmsg(connection)};
}

std::optional<Rejection> rejection_of(const SqliteError& error, sqlite3* connection) {
  switch (error.code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return Rejection{.kind = Rejection::Kind::unique,
                       .constraint = unique_constraint(error.message, connection)};
    case SQLITE_CONSTRAINT_FOREIGNKEY: return Rejection{.kind = Rejection::Kind::foreign_key};
    case SQLITE_CONSTRAINT_CHECK: return Rejection{.kind = Rejection::Kind::check};
    default: return std::nullopt;
  }
}

bool is_environment(const SqliteError& error) {
  switch (error.code & 0xff) {
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
    case SQLITE_NOTADB: return true;
    default: return false;
  }
}

Error to_error(const SqliteError& error, std::string_view what) {
  auto context = fmt::format("{}: sqlite {}: {}", what, error.code, error.message);
  return is_environment(error) ? database_unavailable(std::move(context)).error()
                               : database_bug(std::move(context)).error();
}

}  // namespace sovereign::sql
