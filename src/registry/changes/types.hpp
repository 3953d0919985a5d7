// The change feed's data: a row of it, what is asked, and the wire types of
// docs/formats/change-feed.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.hpp"
#include "json/table.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

/// A row of the feed. Rows are numbered in the order in which they became visible, so that who has
/// read up to a position never misses one.
struct Change {
  std::int64_t position = 0;  ///< From 1, growing.
  AgentId agent;
  std::int64_t version = 0;  ///< The agent's after the change.
  bool is_creation = false;
  Timestamp changed_at{};
};

enum class ChangeKind : std::uint8_t { created, updated, deleted };

/// Signs the bytes of a batch with the registry's identity; any thread.
class BatchSigner {
 public:
  virtual ~BatchSigner() = default;
  /// base64url, without padding, of the Ed25519 signature of exactly these bytes.
  virtual std::string sign(std::string_view bytes) const = 0;
};

/// The header of a batch's signature, and what is signed before the body: a signature of a batch
/// must not be one of anything else.
inline constexpr std::string_view kBatchSignatureHeader = "X-Batch-Signature";
inline constexpr std::string_view kBatchSignatureContext = "agentvault.changes.batch.1\n";

enum class ChangeInclude : std::uint8_t { card };

/// GET /changes and, without `limit` and `wait`, the streams.
struct ChangeQuery {
  std::optional<std::string> since;
  std::optional<std::string> agent_type;
  std::optional<std::string> capability;
  std::optional<UserId> owner;
  std::optional<ChangeInclude> include;
};

struct ChangePollQuery {
  std::optional<std::string> since;
  std::int64_t limit = 100;
  std::int64_t wait = 0;  ///< Seconds.
  std::optional<std::string> agent_type;
  std::optional<std::string> capability;
  std::optional<UserId> owner;
  std::optional<ChangeInclude> include;
};

/// What a client of the WebSocket may send.
struct ChangeFilterMessage {
  std::optional<std::string> agent_type;
  std::optional<std::string> capability;
  std::optional<UserId> owner;
};

/// An item, for readers of a feed (ours are written piecewise; see event.hpp).
struct ChangeItem {
  std::string cursor;
  ChangeKind kind = ChangeKind::updated;
  AgentId id;
  std::string did;
  std::int64_t version = 0;
  Timestamp changed_at{};
  std::optional<json::Raw> agent;  ///< Not with ChangeKind::deleted.
};

/// The answer to GET /changes.
struct ChangeBatch {
  std::string registry_url;
  std::string since;
  std::vector<ChangeItem> changes;
  std::string cursor;
  bool is_snapshot = false;
  bool has_more = false;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::ChangeKind> {
  using enum sovereign::registry::ChangeKind;
  static constexpr std::array values = {EnumName{created, "created"}, EnumName{updated, "updated"},
                                        EnumName{deleted, "deleted"}};
};

template <>
struct sovereign::json::Names<sovereign::registry::ChangeInclude> {
  using enum sovereign::registry::ChangeInclude;
  static constexpr std::array values = {EnumName{card, "card"}};
};

namespace sovereign::json {

inline constexpr double kMaxChangesPage = 1000;
inline constexpr double kMaxChangesWaitSeconds = 25;  ///< Below what proxies and the server allow.

inline constexpr FieldOptions kSinceOptions{
    .description = "Where to begin: a cursor, start (all agents first; the default) or now.",
    .example = R"("start")",
    .min_length = 1,
    .max_length = 120};
inline constexpr FieldOptions kChangesTypeOptions{
    .description = "Only agents of this type, whatever its case.",
    .example = R"("assistant")",
    .max_length = 100};
inline constexpr FieldOptions kChangesCapabilityOptions{
    .description = "Only agents with this capability, whatever its case.",
    .example = R"("nlp")",
    .max_length = 100};
inline constexpr FieldOptions kChangesOwnerOptions{.description =
                                                       "Only agents of this account (UUID)."};
inline constexpr FieldOptions kChangesIncludeOptions{
    .description = "card: each agent with its card.", .example = R"("card")"};

template <>
struct Table<registry::ChangeQuery> {
  using Q = registry::ChangeQuery;
  static constexpr std::string_view name = "ChangeStreamQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("since", &Q::since, kSinceOptions),
                 field("agent_type", &Q::agent_type, kChangesTypeOptions),
                 field("capability", &Q::capability, kChangesCapabilityOptions),
                 field("owner", &Q::owner, kChangesOwnerOptions),
                 field("include", &Q::include, kChangesIncludeOptions)};
};

template <>
struct Table<registry::ChangePollQuery> {
  using Q = registry::ChangePollQuery;
  static constexpr std::string_view name = "ChangePollQuery";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("since", &Q::since, kSinceOptions),
                 field("limit", &Q::limit,
                       {.description = "Items a page at most.",
                        .example = "100",
                        .optional = true,
                        .minimum = 1,
                        .maximum = kMaxChangesPage}),
                 field("wait", &Q::wait,
                       {.description = "Seconds to wait for a first change.",
                        .example = "0",
                        .optional = true,
                        .minimum = 0,
                        .maximum = kMaxChangesWaitSeconds}),
                 field("agent_type", &Q::agent_type, kChangesTypeOptions),
                 field("capability", &Q::capability, kChangesCapabilityOptions),
                 field("owner", &Q::owner, kChangesOwnerOptions),
                 field("include", &Q::include, kChangesIncludeOptions)};
};

template <>
struct Table<registry::ChangeFilterMessage> {
  using T = registry::ChangeFilterMessage;
  static constexpr std::string_view name = "ChangeFilter";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple{field("agent_type", &T::agent_type, kChangesTypeOptions),
                 field("capability", &T::capability, kChangesCapabilityOptions),
                 field("owner", &T::owner, kChangesOwnerOptions)};
};

template <>
struct Table<registry::ChangeItem> {
  using T = registry::ChangeItem;
  static constexpr std::string_view name = "Change";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("cursor", &T::cursor, {.description = "Where to go on after this change."}),
      field("kind", &T::kind,
            {.description = "deleted: it is not public, or not matching, any more."}),
      field("id", &T::id),
      field("did", &T::did,
            {.example = R"("did:agentvault:550e8400-e29b-41d4-a716-446655440000")"}),
      field("version", &T::version, {.description = "Of the agent after the change."}),
      field("changed_at", &T::changed_at),
      field("agent", &T::agent,
            {.description = "The agent as in lists, in its present state; not with deleted.",
             .max_bytes = 4U * 1024 * 1024})};
};

template <>
struct Table<registry::ChangeBatch> {
  using T = registry::ChangeBatch;
  static constexpr std::string_view name = "ChangeBatch";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("registry_url", &T::registry_url, {.description = "Whose feed this is."}),
      field("since", &T::since, {.description = "The request's.", .example = R"("start")"}),
      field("changes", &T::changes,
            {.description = "In the order in which they became visible.", .max_items = 1000}),
      field("cursor", &T::cursor, {.description = "The next request's since."}),
      field("is_snapshot", &T::is_snapshot, {.description = "Whether the snapshot goes on."}),
      field("has_more", &T::has_more, {.description = "Ask again at once."})};
};

}  // namespace sovereign::json
