#include "core/audit/audit_event.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/uuid.hpp"
#include "core/redaction/utf8.hpp"
#include "crypto/random.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kMaxType = 200;
constexpr std::size_t kMaxSubjectType = 50;
constexpr std::size_t kMaxId = 200;
/// Metadata beyond this is not even handed to the database.
constexpr std::size_t kMaxMetadataHandedOver = 1'000'000;

constexpr auto kSeverities = std::to_array<std::string_view>({"info", "warn", "error", "security"});

// The names of our functions are AuditChain's. MATERIALIZED: what is hashed is what is stored, not
// a second evaluation of it.
constexpr sql::Statement kInsert{
    "audit_events.insert",
    "WITH new AS MATERIALIZED ("
    " SELECT coalesce(sequence, 0) + 1 AS sequence, coalesce(hash, '') AS previous,"
    "  audit_metadata($11) AS metadata"
    " FROM (SELECT 1) LEFT JOIN"
    "  (SELECT sequence, hash FROM audit_events ORDER BY sequence DESC LIMIT 1)) "
    "INSERT INTO audit_events(sequence, event_id, at, event_type, severity, actor_type, actor_id,"
    " subject_type, subject_id, correlation_id, causation_id, metadata, hash) "
    "SELECT sequence, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, metadata,"
    " audit_hash(previous, sequence, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, metadata) FROM new "
    "WHERE NOT EXISTS (SELECT 1 FROM audit_events WHERE event_id = $1)"};

/// As a column holds it: UTF-8 without control characters, at most `limit` bytes.
std::string field(std::string text, std::size_t limit) {
  text = to_utf8(std::move(text));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  text.resize(utf8_floor(text, limit));
  return text;
}

/// Ordered, so that new rows go to the end of the index.
std::string new_event_id(base::Timestamp at) {
  crypto::SystemRandom random;
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch());
  return base::Uuid::generate_ordered(random, since_epoch.count()).to_string();
}

std::string metadata_text(const json::Object& metadata) {
  std::string text = "{}";
  if (!metadata.empty()) text = to_utf8(json::to_text(json::Value(metadata)));
  return text.size() <= kMaxMetadataHandedOver ? text : std::string();
}

}  // namespace

std::string_view to_string(Severity severity) {
  return kSeverities[static_cast<std::size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view name) {
  const auto found = std::ranges::find(kSeverities, name);
  if (found == kSeverities.end()) return std::nullopt;
  return static_cast<Severity>(found - kSeverities.begin());
}

sql::Call audit_row(AuditEvent event, base::Timestamp at) {
  std::vector<sql::Value> parameters;
  parameters.reserve(11);
  parameters.emplace_back(new_event_id(at));
  parameters.emplace_back(std::int64_t{at.time_since_epoch().count()});
  parameters.emplace_back(field(std::string(event.type), kMaxType));
  parameters.emplace_back(std::string(to_string(event.severity)));
  parameters.emplace_back(std::string(to_string(event.actor.type)));
  parameters.emplace_back(field(std::move(event.actor.id), kMaxId));
  parameters.emplace_back(field(std::move(event.subject_type), kMaxSubjectType));
  parameters.emplace_back(field(std::move(event.subject_id), kMaxId));
  parameters.emplace_back(field(std::move(event.correlation_id), kMaxId));
  parameters.emplace_back(field(std::move(event.causation_id), kMaxId));
  parameters.emplace_back(metadata_text(event.metadata));
  return {kInsert, std::move(parameters), sql::Expect::one_row};
}

}  // namespace sovereign::core
