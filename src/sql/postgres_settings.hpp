// How every connection to PostgreSQL is made, blocking or not.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace sovereign::sql {

struct PostgresSettings {
  std::string conninfo;                     ///< What the operator gave; wins over our defaults.
  std::chrono::milliseconds timeout{5000};  ///< To connect, for a statement, and for a lock.
};

/// Refuses what libpq cannot read, without quoting it: it may hold a password.
Result<void> check_conninfo(const std::string& conninfo);

/// Keywords and values for PQconnectStartParams and PQconnectdbParams.
class PostgresConnectParameters {
 public:
  explicit PostgresConnectParameters(const PostgresSettings& settings);
  const char* const* keywords() const { return keywords_.data(); }
  const char* const* values() const { return values_.data(); }

 private:
  void add(const char* keyword, std::string value);

  std::vector<const char*> keywords_;
  std::vector<const char*> values_;
  std::vector<std::string> owned_;
};

/// Empty when the server is one we support, else why not.
std::string refuse_server(PGconn* connection);

/// What a session of the pool sets first: time limits, and read-only unless a transaction says
/// otherwise, so that a read that writes fails as it does on SQLite.
std::string session_setup(const PostgresSettings& settings);

}  // namespace sovereign::sql
