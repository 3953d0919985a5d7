// Values in PostgreSQL's text format, both ways. The server infers each parameter's type from the
// statement, so integers, doubles and text need no tags.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <vector>

#include "sql/database.hpp"

namespace sovereign::sql {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ClearResult>;

/// Parameters as libpq wants them; `values` must outlive it.
class PostgresParameters {
 public:
  explicit PostgresParameters(const std::vector<Value>& values);

  int count() const { return static_cast<int>(pointers_.size()); }
  const char* const* data() const { return pointers_.data(); }

 private:
  static constexpr std::size_t kNumberSize = 32;  // The longest double has 24 characters.
  std::vector<std::array<char, kNumberSize>> numbers_;
  std::vector<const char*> pointers_;
};

/// int2/4/8 and bool as integer, float4/8 as double, numeric as integer when it is one, else text.
void read_row(const PGresult* result, int row, Row& values);

ResultSet to_result_set(const PGresult* result);

}  // namespace sovereign::sql
