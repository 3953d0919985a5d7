// SQLite's result codes, sorted by what the caller can do about them.
#pragma once

#include <optional>
#include <string>

#include "sql/database.hpp"

struct sqlite3;

namespace sovereign::sql {

/// A failed SQLite call: its extended result code and its message.
struct SqliteError {
  int code = 0;
  std::string message;
};

template <typename T>
using SqliteResult = std::expected<T, SqliteError>;

/// What `connection` last failed with.
SqliteError last_error(sqlite3* connection);

/// `call` is left for the caller to fill in. nullopt when the error is no rejection.
std::optional<Rejection> rejection_of(const SqliteError& error, sqlite3* connection);

/// Disk, locks, memory and time, as against wrong SQL.
bool is_environment(const SqliteError& error);

/// `unavailable` for the environment, `internal` for wrong SQL.
Error to_error(const SqliteError& error, std::string_view what);

}  // namespace sovereign::sql
