#include "registry/federation/store.hpp"

#include <span>
#include <utility>

#include "base/encoding.hpp"
#include "registry/accounts/store.hpp"

namespace sovereign::registry {
namespace {

#define PEER_COLUMNS                                                                          \
  "id, name, registry_url, admin_contact, description, mode, status, tls_pin, public_key, "   \
  "proposed_by, approved_by, approved_at, version, created_at, updated_at, presented_token, " \
  "accepted_digest"

constexpr sql::Statement kFind{"peers.find", "SELECT " PEER_COLUMNS " FROM peers WHERE id = $1"};
constexpr sql::Statement kFindNamed{
    "peers.find_named",
    "SELECT " PEER_COLUMNS
    " FROM peers WHERE id = $1 OR name_key = $1 OR registry_url = $2 ORDER BY created_at LIMIT 1"};
constexpr sql::Statement kList{
    "peers.list", "SELECT " PEER_COLUMNS
                  " FROM peers WHERE ($1 = '' OR status = $1) AND ($2 = '' OR proposed_by = $2) "
                  "ORDER BY created_at DESC, id LIMIT $3 OFFSET $4"};
constexpr sql::Statement kCount{
    "peers.count",
    "SELECT count(*) FROM peers WHERE ($1 = '' OR status = $1) AND ($2 = '' OR proposed_by = $2)"};
constexpr sql::Statement kActive{"peers.active",
                                 "SELECT " PEER_COLUMNS " FROM peers WHERE status = 'ACTIVE'"};

#undef PEER_COLUMNS

#define INSERT_PEER                                                                               \
  "INSERT INTO peers (id, name, name_key, registry_url, admin_contact, description, mode, "       \
  "status, tls_pin, public_key, proposed_by, approved_by, approved_at, version, created_at, "     \
  "updated_at, presented_token, accepted_digest) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), "     \
  "CAST($3 AS TEXT), CAST($4 AS TEXT), CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS TEXT), "    \
  "CAST($8 AS TEXT), CAST($9 AS TEXT), CAST($10 AS TEXT), CAST($11 AS TEXT), CAST($12 AS TEXT), " \
  "CAST($13 AS BIGINT), CAST($14 AS BIGINT), CAST($15 AS BIGINT), CAST($16 AS BIGINT), "          \
  "CAST($17 AS TEXT), CAST($18 AS TEXT) "                                                         \
  "WHERE (SELECT count(*) FROM peers) < CAST($19 AS BIGINT)"

constexpr sql::Statement kInsert{"peers.insert", INSERT_PEER};
constexpr sql::Statement kInsertProposal{
    "peers.insert_proposal", INSERT_PEER
    " AND (SELECT count(*) FROM peers WHERE proposed_by = CAST($11 AS TEXT) AND "
    "status = 'PENDING_APPROVAL') < CAST($20 AS BIGINT)"};

#undef INSERT_PEER

constexpr sql::Statement kUpdate{
    "peers.update",
    "UPDATE peers SET name = $2, name_key = $3, registry_url = $4, admin_contact = $5, "
    "description = $6, mode = $7, status = $8, tls_pin = $9, public_key = $10, proposed_by = $11, "
    "approved_by = $12, approved_at = $13, version = $14, created_at = $15, updated_at = $16, "
    "presented_token = $17, accepted_digest = $18 WHERE id = $1 AND version = $19"};
constexpr sql::Statement kRemove{"peers.delete",
                                 "DELETE FROM peers WHERE id = $1 AND version = $2"};
constexpr sql::Statement kPinKey{
    "peers.pin_key",
    "UPDATE peers SET public_key = $2, version = version + 1, updated_at = $3 "
    "WHERE id = $1 AND public_key IS NULL"};

std::optional<std::string> text_or_none(const sql::Value& value) {
  return sql::is_null(value) ? std::nullopt : std::optional(sql::text(value));
}

sql::Value optional_text(const std::optional<std::string>& text) {
  return text ? sql::Value(*text) : sql::Value{};
}

StoredPeer to_peer(std::span<const sql::Value> row) {
  Peer peer{.id = {to_uuid(row[0])},
            .name = sql::text(row[1]),
            .registry_url = sql::text(row[2]),
            .admin_contact = sql::text(row[3]),
            .description = sql::text(row[4]),
            .mode = json::value_of<PeerMode>(sql::text(row[5])).value_or(PeerMode::query),
            .status = json::value_of<PeerStatus>(sql::text(row[6])).value_or(PeerStatus::inactive),
            .tls_pin = text_or_none(row[7]),
            .public_key = text_or_none(row[8])};
  if (!sql::is_null(row[9])) peer.proposed_by = UserId{to_uuid(row[9])};
  peer.approved_by = text_or_none(row[10]);
  if (!sql::is_null(row[11])) peer.approved_at = from_microseconds(sql::integer(row[11]));
  peer.version = sql::integer(row[12]);
  peer.created_at = from_microseconds(sql::integer(row[13]));
  peer.updated_at = from_microseconds(sql::integer(row[14]));
  return {.peer = std::move(peer),
          .presented_token = text_or_none(row[15]),
          .accepted_digest = text_or_none(row[16])};
}

/// $1 to $18 of insert and update.
std::vector<sql::Value> columns_of(const StoredPeer& stored) {
  const auto& peer = stored.peer;
  return {peer.id.to_string(),
          peer.name,
          base::to_lower_ascii(peer.name),
          peer.registry_url,
          peer.admin_contact,
          peer.description,
          std::string(json::name_of(peer.mode)),
          std::string(json::name_of(peer.status)),
          optional_text(peer.tls_pin),
          optional_text(peer.public_key),
          peer.proposed_by ? sql::Value(peer.proposed_by->to_string()) : sql::Value{},
          optional_text(peer.approved_by),
          peer.approved_at ? sql::Value(to_microseconds(*peer.approved_at)) : sql::Value{},
          peer.version,
          to_microseconds(peer.created_at),
          to_microseconds(peer.updated_at),
          optional_text(stored.presented_token),
          optional_text(stored.accepted_digest)};
}

std::optional<StoredPeer> first_of(const sql::ResultSet& found) {
  return found.rows.empty() ? std::nullopt : std::optional(to_peer(found.rows.front()));
}

}  // namespace

Task<std::optional<StoredPeer>> PeerStore::find(PeerId id) {
  const auto found = co_await database_.read({kFind, {id.to_string()}});
  if (!found) co_return Failure(found.error());
  co_return first_of(*found);
}

Task<std::optional<StoredPeer>> PeerStore::find_named(std::string text) {
  const auto found =
      co_await database_.read({kFindNamed, {base::to_lower_ascii(text), std::move(text)}});
  if (!found) co_return Failure(found.error());
  co_return first_of(*found);
}

Task<PeerStore::Listed> PeerStore::list(PeerFilter filter, PeerPaging paging) {
  const std::string status(filter.status ? json::name_of(*filter.status) : std::string_view());
  const std::string developer = filter.proposed_by ? filter.proposed_by->to_string() : "";
  const auto rows =
      co_await database_.read({kList, {status, developer, paging.limit, paging.skip}});
  if (!rows) co_return Failure(rows.error());
  const auto total = co_await database_.read({kCount, {status, developer}});
  if (!total) co_return Failure(total.error());
  Listed listed{.total = sql::integer(total->rows.at(0).at(0))};
  for (const auto& row : rows->rows) listed.peers.push_back(to_peer(row).peer);
  co_return listed;
}

Task<std::vector<StoredPeer>> PeerStore::active() {
  const auto found = co_await database_.read({kActive, {}});
  if (!found) co_return Failure(found.error());
  std::vector<StoredPeer> peers;
  for (const auto& row : found->rows) peers.push_back(to_peer(row));
  co_return peers;
}

Result<std::vector<StoredPeer>> PeerStore::scan_active() {
  std::vector<StoredPeer> peers;
  const auto scanned = database_.scan({kActive, {}}, [&](std::span<const sql::Value> row) {
    peers.push_back(to_peer(row));
    return true;
  });
  if (!scanned) return Failure(scanned.error());
  return peers;
}

sql::Call PeerStore::insert(const StoredPeer& peer) {
  auto values = columns_of(peer);
  values.emplace_back(kMaxPeers);
  return {kInsert, std::move(values), sql::Expect::one_row};
}

sql::Call PeerStore::insert_proposal(const Peer& peer, UserId developer) {
  auto values = columns_of({.peer = peer});
  values[10] = developer.to_string();
  values.emplace_back(kMaxPeers);
  values.emplace_back(kMaxProposals);
  return {kInsertProposal, std::move(values), sql::Expect::one_row};
}

sql::Call PeerStore::update(const StoredPeer& peer) {
  auto values = columns_of(peer);
  values.emplace_back(peer.peer.version - 1);
  return {kUpdate, std::move(values), sql::Expect::one_row};
}

sql::Call PeerStore::remove(PeerId id, std::int64_t version) {
  return {kRemove, {id.to_string(), version}, sql::Expect::one_row};
}

sql::Call PeerStore::pin_key(PeerId id, const std::string& public_key, Timestamp now) {
  return {kPinKey, {id.to_string(), public_key, to_microseconds(now)}, sql::Expect::one_row};
}

}  // namespace sovereign::registry
