#include "core/audit/routes.hpp"

#include <limits>
#include <stdexcept>
#include <utility>

#include "async/run_blocking.hpp"
#include "http/sse.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Audit";
constexpr std::int64_t kExportPage = 500;

std::optional<std::string> name_or_nothing(const auto& value) {
  if (!value) return std::nullopt;
  return std::string(json::name_of(*value));
}

/// The rows up to the one that was last when it began.
class ExportBody final : public http::StreamBody {
 public:
  ExportBody(sql::Database& database, AuditFilter filter, std::int64_t head)
      : log_(database), filter_(std::move(filter)), head_(head) {}

  boost::asio::awaitable<void> run(http::StreamWriter& writer) override {
    std::int64_t after = 0;
    std::string lines;
    while (after < head_) {
      auto records = co_await log_.oldest(filter_, after, head_, kExportPage);
      // Cut off, so that nobody takes half a log for all of it.
      if (!records) throw std::runtime_error("audit export: " + records.error().context);
      if (records->empty()) co_return;
      lines.clear();
      for (const AuditRecord& record : *records) {
        json::write(lines, record);
        lines += '\n';
      }
      after = records->back().sequence;
      const bool goes_on = co_await writer.write(lines);
      if (!goes_on) co_return;
    }
  }

 private:
  AuditLog log_;
  const AuditFilter filter_;
  const std::int64_t head_;
};

/// One verification at a time.
class Turn {
 public:
  explicit Turn(bool& is_taken) : is_taken_(is_taken) { is_taken_ = true; }
  ~Turn() { is_taken_ = false; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  bool& is_taken_;
};

}  // namespace

AuditFilter filter_of(AuditSelection selection) {
  return {.event_type = std::move(selection.event_type),
          .severity = name_or_nothing(selection.severity),
          .actor_type = name_or_nothing(selection.actor_type),
          .actor_id = std::move(selection.actor_id),
          .subject_type = std::move(selection.subject_type),
          .subject_id = std::move(selection.subject_id),
          .correlation_id = std::move(selection.correlation_id),
          .since = selection.since,
          .until = selection.until};
}

void AuditRoutes::add_to(http::RouteTable& table) {
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/audit",
                   .operation = "listAuditEvents",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &AuditRoutes::list),
                   .documentation = {.tag = kTag,
                                     .summary = "A page of the audit log, newest first",
                                     .example_query = "severity=security&limit=50"}});
  table.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/audit/export",
       .operation = "exportAuditEvents",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &AuditRoutes::export_lines),
       .documentation = {.tag = kTag,
                         .summary = "The audit log as JSON lines, oldest first",
                         .description = "Rows as they are stored, with their hashes, up to the one "
                                        "that is last when the export begins. An export that "
                                        "cannot be finished is cut off.",
                         .answer_type = http::kJsonLines,
                         .example_query = "since=2026-01-01T00:00:00Z"}});
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/audit/verify",
                   .operation = "verifyAuditLog",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &AuditRoutes::verify),
                   .documentation = {.tag = kTag,
                                     .summary = "Check every row, link and checkpoint of the log",
                                     .description = "Names the first row that is not as it was "
                                                    "written. One at a time.",
                                     .errors = {409, 503}}});
}

Task<http::Reply<AuditPage>> AuditRoutes::list(const http::Request&,
                                               http::Query<AuditPageQuery> query) {
  AuditPageQuery& wanted = query.value;
  const auto before = wanted.cursor.value_or(std::numeric_limits<std::int64_t>::max());
  const std::int64_t limit = wanted.limit;
  // One more, which tells whether there is another page.
  auto records = co_await log_.newest(filter_of(std::move(wanted)), before, limit + 1);
  if (!records) co_return Failure(std::move(records.error()));
  AuditPage page{.events = std::move(*records)};
  if (static_cast<std::int64_t>(page.events.size()) > limit) {
    page.events.pop_back();
    page.next_cursor = page.events.back().sequence;
  }
  co_return http::Reply<AuditPage>{std::move(page)};
}

Task<http::Response> AuditRoutes::export_lines(const http::Request&,
                                               http::Query<AuditSelection> query) {
  auto head = co_await log_.head();
  if (!head) co_return Failure(std::move(head.error()));
  http::Response response{.content_type = http::kJsonLines};
  response.stream =
      std::make_unique<ExportBody>(database_, filter_of(std::move(query.value)), *head);
  response.headers.push_back({"Content-Disposition", "attachment; filename=\"audit.jsonl\""});
  co_return response;
}

Task<http::Reply<AuditVerification>> AuditRoutes::verify(const http::Request&) {
  if (is_verifying_) {
    co_return base::fail(ErrorCode::conflict, "The log is being verified already; wait for that.");
  }
  const Turn turn(is_verifying_);
  auto job = [&database = database_, options = verification_] {
    return verify_audit(database, options);
  };
  auto verified = co_await async::run_blocking(workers_, std::move(job));
  if (!verified) co_return Failure(std::move(verified.error()));
  co_return http::Reply<AuditVerification>{std::move(*verified)};
}

}  // namespace sovereign::core
