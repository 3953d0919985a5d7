#include "sql/postgres_error.hpp"

#include "base/encoding.hpp"
#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

struct FaultRow {
  std::string_view prefix;  ///< Of the SQLSTATE; the first row that fits counts.
  PostgresFault fault;
};

// https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr FaultRow kFaults[] = {
    {"23505", PostgresFault::rejection},    // unique_violation
    {"23503", PostgresFault::rejection},    // foreign_key_violation
    {"23514", PostgresFault::rejection},    // check_violation
    {"40001", PostgresFault::conflict},     // serialization_failure
    {"40P01", PostgresFault::conflict},     // deadlock_detected
    {"22021", PostgresFault::bad_value},    // character_not_in_repertoire
    {"26000", PostgresFault::stale},        // invalid_sql_statement_name
    {"08P01", PostgresFault::bug},          // protocol_violation: a wrong number of parameters
    {"08", PostgresFault::environment},     // connection exceptions
    {"53", PostgresFault::environment},     // disk, memory, connections
    {"55", PostgresFault::environment},     // lock not available
    {"57", PostgresFault::environment},     // cancelled, shut down, starting up
    {"58", PostgresFault::environment},     // I/O
    {"28", PostgresFault::environment},     // login refused
    {"3D000", PostgresFault::environment},  // no such database
};

std::string_view field(const PGresult* result, int code) {
  const char* value = PQresultErrorField(result, code);
  return value == nullptr ? std::string_view() : value;
}

Rejection::Kind rejection_kind(std::string_view sqlstate) {
  if (sqlstate == "23505") return Rejection::Kind::unique;
  return sqlstate == "23503" ? Rejection::Kind::foreign_key : Rejection::Kind::check;
}

/// Messages of class 22 (data exceptions) quote the value.
std::string message_of(const PGresult* result, std::string_view sqlstate) {
  if (sqlstate.starts_with("22")) return fmt::format("SQLSTATE {}", sqlstate);
  if (sqlstate.empty()) return std::string(base::trim_ascii(PQresultErrorMessage(result)));
  return fmt::format("SQLSTATE {}: {}", sqlstate, field(result, PG_DIAG_MESSAGE_PRIMARY));
}

}  // namespace

PostgresFault fault_of(std::string_view sqlstate) {
  // Only libpq itself reports without a state, and then about the connection.
  if (sqlstate.empty()) return PostgresFault::environment;
  for (const auto& [prefix, fault] : kFaults) {
    if (sqlstate.starts_with(prefix)) return fault;
  }
  return PostgresFault::bug;
}

std::string unique_constraint(std::string_view table, std::string_view index,
                              std::string_view detail) {
  std::string_view key;
  const std::size_t open = detail.find('(');
  if (open != std::string_view::npos) key = detail.substr(open + 1);
  // A plain column ends at the next column or at the values; an expression has a '(' before that.
  key = key.substr(0, key.find_first_of(",()"));
  const bool is_column = !key.empty() && key.size() + open + 1 < detail.size() &&
                         detail[open + 1 + key.size()] != '(' &&
                         key.find(' ') == std::string_view::npos;
  return fmt::format("{}.{}", table, is_column ? key : index);
}

PostgresError error_of(const PGresult* result) {
  const auto sqlstate = field(result, PG_DIAG_SQLSTATE);
  PostgresError error{fault_of(sqlstate), message_of(result, sqlstate), {}};
  // "cached plan must not change result type": known by its place, since the text is translated.
  if (field(result, PG_DIAG_SOURCE_FUNCTION) == "RevalidateCachedQuery")
    error.fault = PostgresFault::stale;
  if (error.fault == PostgresFault::rejection) {
    error.rejection = Rejection{.kind = rejection_kind(sqlstate)};
    if (error.rejection->kind == Rejection::Kind::unique) {
      error.rejection->constraint = unique_constraint(field(result, PG_DIAG_TABLE_NAME),
                                                      field(result, PG_DIAG_CONSTRAINT_NAME),
                                                      field(result, PG_DIAG_MESSAGE_DETAIL));
    }
  }
  return error;
}

Error to_error(const PostgresError& error, std::string_view what) {
  auto context = fmt::format("{}: {}", what, error.message);
  switch (error.fault) {
    case PostgresFault::conflict:
    case PostgresFault::environment:
    case PostgresFault::stale: return database_unavailable(std::move(context)).error();
    case PostgresFault::bad_value: return bad_text(std::move(context)).error();
    case PostgresFault::rejection:
    case PostgresFault::bug: return database_bug(std::move(context)).error();
  }
  return database_bug(std::move(context)).error();
}

}  // namespace sovereign::sql
