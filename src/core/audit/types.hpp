// What the audit routes take and answer.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/audit/audit_log.hpp"
#include "json/table.hpp"

namespace sovereign::core {

/// Query parameters of the log, as a page and as an export.
struct AuditSelection {
  std::optional<std::string> event_type;
  std::optional<Severity> severity;
  std::optional<ActorType> actor_type;
  std::optional<std::string> actor_id;
  std::optional<std::string> subject_type;
  std::optional<std::string> subject_id;
  std::optional<std::string> correlation_id;
  std::optional<base::Timestamp> since;
  std::optional<base::Timestamp> until;
};

struct AuditPageQuery : AuditSelection {
  std::optional<std::int64_t> cursor;
  std::int64_t limit = AuditLog::kDefaultLimit;
};

struct AuditPage {
  std::vector<AuditRecord> events;
  std::optional<std::int64_t> next_cursor;
};

AuditFilter filter_of(AuditSelection selection);

}  // namespace sovereign::core

namespace sovereign::json {

template <>
struct Names<core::Severity> {
  static constexpr std::array values = {
      EnumName{core::Severity::info, "info"}, EnumName{core::Severity::warn, "warn"},
      EnumName{core::Severity::error, "error"}, EnumName{core::Severity::security, "security"}};
};

template <>
struct Names<core::ActorType> {
  static constexpr std::array values = {EnumName{core::ActorType::human, "human"},
                                        EnumName{core::ActorType::system, "system"},
                                        EnumName{core::ActorType::agent, "agent"}};
};

template <>
struct Table<core::AuditSelection> {
  using AuditSelection = core::AuditSelection;
  static constexpr std::string_view name = "AuditSelection";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("event_type", &AuditSelection::event_type,
            {.example = R"("agent.enabled")", .max_length = 200}),
      field("severity", &AuditSelection::severity),
      field("actor_type", &AuditSelection::actor_type),
      field("actor_id", &AuditSelection::actor_id, {.max_length = 200}),
      field("subject_type", &AuditSelection::subject_type, {.max_length = 50}),
      field("subject_id", &AuditSelection::subject_id, {.max_length = 200}),
      field("correlation_id", &AuditSelection::correlation_id, {.max_length = 200}),
      field("since", &AuditSelection::since, {.description = "At or after this time."}),
      field("until", &AuditSelection::until, {.description = "Before this time."}),
  };
};

template <>
struct Table<core::AuditPageQuery> {
  using AuditPageQuery = core::AuditPageQuery;
  static constexpr std::string_view name = "AuditPageQuery";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple_cat(inherited_fields<AuditPageQuery, core::AuditSelection>(),
                     std::tuple{
                         field("cursor", &AuditPageQuery::cursor,
                               {.description = "next_cursor of the page before.", .minimum = 1}),
                         field("limit", &AuditPageQuery::limit,
                               {.description = "Events on a page.",
                                .optional = true,
                                .minimum = 1,
                                .maximum = core::AuditLog::kMaxLimit}),
                     });
};

template <>
struct Table<core::AuditPage> {
  using AuditPage = core::AuditPage;
  static constexpr std::string_view name = "AuditPage";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("events", &AuditPage::events, {.description = "Newest first."}),
      field("next_cursor", &AuditPage::next_cursor,
            {.description = "For the next page; absent on the last one."}),
  };
};

}  // namespace sovereign::json
