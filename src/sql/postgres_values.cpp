#include "sql/postgres_values.hpp"

#include <charconv>
#include <cstring>

namespace sovereign::sql {
namespace {

// From the server's pg_type.dat; fixed for ever.
enum TypeId : Oid {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700
};

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

/// SUM over integers and AVG are numeric: SQLite's integer or double for them.
Value numeric(std::string_view text) {
  std::int64_t whole = 0;
  if (parse(text, whole)) return whole;
  double fraction = 0;
  if (parse(text, fraction)) return fraction;
  return std::string(text);
}

void store(Oid type, std::string_view text, Value& value) {
  switch (type) {
    case kBool: value = std::int64_t{text == "t"}; return;
    case kInt2:
    case kInt4:
    case kInt8: parse(text, value.emplace<std::int64_t>(0)); return;
    case kFloat4:
    case kFloat8: parse(text, value.emplace<double>(0)); return;
    case kNumeric: value = numeric(text); return;
    default: break;
  }
  // A scan passes the same row each time: its strings keep their memory.
  if (auto* words = std::get_if<std::string>(&value)) {
    words->assign(text);
  } else {
    value.emplace<std::string>(text);
  }
}

}  // namespace

PostgresParameters::PostgresParameters(const std::vector<Value>& values) {
  numbers_.resize(values.size());
  pointers_.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& buffer = numbers_[i];
    char* const last = buffer.data() + buffer.size() - 1;
    if (const auto* words = std::get_if<std::string>(&values[i])) {
      pointers_.push_back(words->c_str());
    } else if (const auto* whole = std::get_if<std::int64_t>(&values[i])) {
      *std::to_chars(buffer.data(), last, *whole).ptr = '\0';
      pointers_.push_back(buffer.data());
    } else if (const auto* fraction = std::get_if<double>(&values[i])) {
      *std::to_chars(buffer.data(), last, *fraction).ptr = '\0';
      pointers_.push_back(buffer.data());
    } else {
      pointers_.push_back(nullptr);
    }
  }
}

void read_row(const PGresult* result, int row, Row& values) {
  const int columns = PQnfields(result);
  values.resize(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i) {
    Value& value = values[static_cast<std::size_t>(i)];
    if (PQgetisnull(result, row, i) != 0) {
      value = std::monostate{};
    } else {
      const auto size = static_cast<std::size_t>(PQgetlength(result, row, i));
      store(PQftype(result, i), {PQgetvalue(result, row, i), size}, value);
    }
  }
}

ResultSet to_result_set(const PGresult* result) {
  ResultSet set;
  const int rows = PQntuples(result);
  set.rows.resize(static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) read_row(result, i, set.rows[static_cast<std::size_t>(i)]);
  // The tag of a SELECT counts rows too, but affects none.
  auto* tagged = const_cast<PGresult*>(result);
  if (std::strncmp(PQcmdStatus(tagged), "SELECT", 6) != 0) parse(PQcmdTuples(tagged), set.affected);
  return set;
}

}  // namespace sovereign::sql
