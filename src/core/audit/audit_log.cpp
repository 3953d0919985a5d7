#include "core/audit/audit_log.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace sovereign::core {
namespace {

constexpr std::string_view kColumns =
    "SELECT sequence, event_id, at, event_type, severity, actor_type, actor_id, subject_type,"
    " subject_id, correlation_id, causation_id, metadata, hash FROM audit_events ";

/// $1 to $7 are texts, NULL when they do not matter; $8 to $11 bounds. A unary plus keeps SQLite
/// from an index: the order of the sequence is what ends a search soon.
constexpr std::string_view kConditions =
    "($1 IS NULL OR +event_type = $1) AND ($2 IS NULL OR +severity = $2)"
    " AND ($3 IS NULL OR actor_type = $3) AND ($4 IS NULL OR actor_id = $4)"
    " AND ($5 IS NULL OR +subject_type = $5) AND ($6 IS NULL OR +subject_id = $6)"
    " AND ($7 IS NULL OR +correlation_id = $7)"
    " AND at >= $8 AND at < $9 AND sequence > $10 AND sequence <= $11 ";

/// The statements of one order, by the rarest thing that is asked for.
struct Statements {
  explicit Statements(std::string_view order)
      : all(text("", order)),
        by_subject(text("subject_type = $5 AND subject_id = $6 AND ", order)),
        by_correlation(text("correlation_id = $7 AND correlation_id <> '' AND ", order)),
        by_type(text("event_type = $1 AND ", order)),
        names{fmt::format("audit_log.all.{}", order), fmt::format("audit_log.subject.{}", order),
              fmt::format("audit_log.correlation.{}", order),
              fmt::format("audit_log.type.{}", order)} {}

  static std::string text(std::string_view first, std::string_view order) {
    return fmt::format("{}WHERE {}{}ORDER BY sequence {} LIMIT $12", kColumns, first, kConditions,
                       order);
  }

  std::string all, by_subject, by_correlation, by_type;
  std::array<std::string, 4> names;
  std::array<sql::Statement, 4> statements{
      sql::Statement{names[0], all}, sql::Statement{names[1], by_subject},
      sql::Statement{names[2], by_correlation}, sql::Statement{names[3], by_type}};

  const sql::Statement& choose(const AuditFilter& filter) const {
    if (filter.correlation_id && !filter.correlation_id->empty()) return statements[2];
    if (filter.subject_type && filter.subject_id) return statements[1];
    return statements[filter.event_type ? 3 : 0];
  }
};

const Statements& newest_first() {
  static const Statements kStatements("DESC");
  return kStatements;
}

const Statements& oldest_first() {
  static const Statements kStatements("ASC");
  return kStatements;
}

struct Bounds {
  std::int64_t after = 0;
  std::int64_t until = 0;
  std::int64_t limit = 0;
};

sql::Value or_null(std::optional<std::string> text) {
  return text ? sql::Value(std::move(*text)) : sql::Value();
}

std::int64_t microseconds(std::optional<base::Timestamp> at, std::int64_t otherwise) {
  return at ? std::int64_t{at->time_since_epoch().count()} : otherwise;
}

sql::Call make_call(const Statements& statements, AuditFilter filter, Bounds bounds) {
  const sql::Statement& statement = statements.choose(filter);
  std::vector<sql::Value> parameters;
  parameters.reserve(12);
  for (auto* text : {&filter.event_type, &filter.severity, &filter.actor_type, &filter.actor_id,
                     &filter.subject_type, &filter.subject_id, &filter.correlation_id})
    parameters.push_back(or_null(std::move(*text)));
  using Limits = std::numeric_limits<std::int64_t>;
  parameters.emplace_back(microseconds(filter.since, Limits::min()));
  parameters.emplace_back(microseconds(filter.until, Limits::max()));
  parameters.emplace_back(bounds.after);
  parameters.emplace_back(bounds.until);
  parameters.emplace_back(bounds.limit);
  return {statement, std::move(parameters)};
}

/// The log may have been tampered with: what is no text is shown as empty.
std::string text_of(sql::Value& value) {
  auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? std::move(*text) : std::string();
}

std::int64_t number_of(const sql::Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? *number : 0;
}

AuditRecord to_record(sql::Row& row) {
  std::string metadata = text_of(row[11]);
  if (!json::parse(metadata)) metadata = "null";
  return {.sequence = number_of(row[0]),
          .event_id = text_of(row[1]),
          .at = base::Timestamp(std::chrono::microseconds(number_of(row[2]))),
          .event_type = text_of(row[3]),
          .severity = text_of(row[4]),
          .actor_type = text_of(row[5]),
          .actor_id = text_of(row[6]),
          .subject_type = text_of(row[7]),
          .subject_id = text_of(row[8]),
          .correlation_id = text_of(row[9]),
          .causation_id = text_of(row[10]),
          .metadata = {std::move(metadata)},
          .hash = text_of(row[12])};
}

}  // namespace

Task<std::vector<AuditRecord>> AuditLog::select(sql::Call call) {
  auto answer = co_await database_.read(std::move(call));
  if (!answer) co_return Failure(std::move(answer.error()));
  std::vector<AuditRecord> records;
  records.reserve(answer->rows.size());
  for (sql::Row& row : answer->rows) records.push_back(to_record(row));
  co_return records;
}

Task<std::vector<AuditRecord>> AuditLog::newest(AuditFilter filter, std::int64_t before,
                                                std::int64_t limit) {
  auto records =
      co_await select(make_call(newest_first(), std::move(filter), {0, before - 1, limit}));
  co_return records;
}

Task<std::vector<AuditRecord>> AuditLog::oldest(AuditFilter filter, std::int64_t after,
                                                std::int64_t until, std::int64_t limit) {
  auto records =
      co_await select(make_call(oldest_first(), std::move(filter), {after, until, limit}));
  co_return records;
}

Task<std::int64_t> AuditLog::head() {
  static constexpr sql::Statement kHead{"audit_log.head",
                                        "SELECT coalesce(max(sequence), 0) FROM audit_events"};
  auto answer = co_await database_.read({kHead, {}});
  if (!answer) co_return Failure(std::move(answer.error()));
  co_return sql::integer(answer->rows.at(0)[0]);
}

}  // namespace sovereign::core
