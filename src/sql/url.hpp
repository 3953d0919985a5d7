// Database URLs: which engine, where, and the form that may be logged.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"

namespace sovereign::sql {

/// Percent-decoded; may be relative to the working directory.
struct SqliteAddress {
  std::string path;
};

/// What libpq takes: a URI, or "key=value" words.
struct PostgresAddress {
  std::string conninfo;
};

using DatabaseAddress = std::variant<SqliteAddress, PostgresAddress>;

/// Reads the forms that DatabaseOptions::url lists. Error: `malformed`; never quotes the URL,
/// which may hold a password.
Result<DatabaseAddress> parse_database_url(std::string_view url);

}  // namespace sovereign::sql
