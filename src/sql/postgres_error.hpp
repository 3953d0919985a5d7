// PostgreSQL's SQLSTATEs, sorted by what the caller can do about them.
#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <string_view>

#include "sql/database.hpp"

namespace sovereign::sql {

enum class PostgresFault {
  rejection,    ///< A constraint said no.
  conflict,     ///< Serialization failure or deadlock: the same write may succeed when tried again.
  environment,  ///< Disk, memory, locks, time, shutdown.
  stale,  ///< This session no longer fits the server (statement lost, now a standby): reconnect.
  bad_value,  ///< A value the server cannot store.
  bug,        ///< Wrong SQL, or wrong use of it.
};

struct PostgresError {
  PostgresFault fault = PostgresFault::bug;
  std::string message;                 ///< For the log, with the SQLSTATE; never holds parameters.
  std::optional<Rejection> rejection;  ///< With `rejection`; `call` is left for the caller.
};

PostgresFault fault_of(std::string_view sqlstate);

/// Of a result whose status is PGRES_FATAL_ERROR.
PostgresError error_of(const PGresult* result);

/// "table.column" of a violated unique key, from the fields of the server's message; "table.index"
/// where the key starts with an expression. `detail` is "Key (a, b)=(1, 2) already exists.".
std::string unique_constraint(std::string_view table, std::string_view index,
                              std::string_view detail);

/// `unavailable`, `unprocessable` or `internal`; a rejection that nobody expects is `internal`.
Error to_error(const PostgresError& error, std::string_view what);

}  // namespace sovereign::sql
