#include "core/router/confirmations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include "async/block_on.hpp"
#include "base/encoding.hpp"
#include "core/errors.hpp"
#include "crypto/digest.hpp"
#include "json/canonical.hpp"

namespace sovereign::core {
namespace {

constexpr sql::Statement kInsert{
    "confirmations.insert",
    "INSERT INTO confirmations (id, tool_id, caller_type, caller_id, input_sha256, input_bytes, "
    "summary, status, created_at, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9)"};
constexpr sql::Statement kDecide{
    "confirmations.decide",
    "UPDATE confirmations SET status = $2, decided_at = $3, decided_by = $4 "
    "WHERE id = $1 AND status = 'pending'"};
constexpr sql::Statement kSettle{
    "confirmations.settle",
    "UPDATE confirmations SET status = 'executed', call_id = $2, result = $3 "
    "WHERE id = $1 AND status = 'approved'"};
constexpr sql::Statement kExpire{
    "confirmations.expire",
    "UPDATE confirmations SET status = 'expired' WHERE id = $1 AND status = 'pending'"};
constexpr sql::Statement kExpireAll{
    "confirmations.expire_all",
    "UPDATE confirmations SET status = 'expired' WHERE status = 'pending'"};
constexpr sql::Statement kList{
    "confirmations.list",
    "SELECT id, tool_id, caller_type, caller_id, input_sha256, input_bytes, summary, status, "
    "created_at, expires_at, decided_at, decided_by, call_id, result FROM confirmations "
    "ORDER BY created_at DESC, id LIMIT 200"};
constexpr sql::Statement kFind{
    "confirmations.find",
    "SELECT id, tool_id, caller_type, caller_id, input_sha256, input_bytes, summary, status, "
    "created_at, expires_at, decided_at, decided_by, call_id, result FROM confirmations "
    "WHERE id = $1"};

std::int64_t micros(base::Timestamp time) { return time.time_since_epoch().count(); }

base::Timestamp time_of(const sql::Value& value) {
  return base::Timestamp{std::chrono::microseconds{sql::integer(value)}};
}

Confirmation read_row(const sql::Row& row) {
  Confirmation confirmation;
  confirmation.id = ConfirmationId::parse(sql::text(row[0])).value_or(ConfirmationId{});
  confirmation.tool_id = sql::text(row[1]);
  confirmation.caller_type = sql::text(row[2]);
  confirmation.caller_id = sql::text(row[3]);
  confirmation.input_sha256 = sql::text(row[4]);
  confirmation.input_bytes = sql::integer(row[5]);
  confirmation.summary = sql::text(row[6]);
  confirmation.status = sql::text(row[7]);
  confirmation.created_at = time_of(row[8]);
  confirmation.expires_at = time_of(row[9]);
  if (!sql::is_null(row[10])) confirmation.decided_at = time_of(row[10]);
  confirmation.decided_by = sql::text(row[11]);
  confirmation.call_id = sql::text(row[12]);
  confirmation.result = sql::text(row[13]);
  return confirmation;
}

/// Owns all it needs: the rows get written also when the router goes away meanwhile. A row that is
/// not written leaves a confirmation that cannot be decided, which is what a caller can live with.
Task<void> write_row(sql::Database& database, sql::Write write) {
  const auto written = co_await database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

Actor actor_of(const Caller& caller) {
  switch (caller.type) {
    case CallerType::human: return {ActorType::human, caller.id};
    case CallerType::agent: return {ActorType::agent, caller.id};
    default: return {ActorType::system, caller.id};
  }
}

}  // namespace

Result<void> Confirmations::load() {
  sql::Write write;
  write.calls.push_back({kExpireAll, {}});
  const auto written = async::block_on(parts_.database.write(std::move(write)));
  if (!written) return Failure(written.error());
  return {};
}

Result<ConfirmationId> Confirmations::ask(const CallRequest& request) {
  if (request.input_text.size() > parts_.limits.input_bytes) {
    return fail(CoreCode::tool_input_too_large,
                fmt::format("An input may have {} bytes as JSON.", parts_.limits.input_bytes));
  }
  std::string digest = base::to_hex(crypto::sha256(json::canonical(request.input)));
  for (const auto& [id, parked] : parked_) {
    if (parked.digest == digest && parked.request.tool == request.tool &&
        parked.request.caller == request.caller) {
      return id;
    }
  }
  if (parked_.size() >= parts_.limits.confirmations ||
      bytes_ + request.input_text.size() > parts_.limits.confirmation_bytes) {
    return fail(CoreCode::limit_concurrency, "Too many calls wait for a confirmation already.");
  }
  const auto id = ConfirmationId::generate(parts_.random);
  const auto now = parts_.clock.now();
  const auto expires = now + parts_.limits.confirmation_life;
  sql::Write write;
  write.calls.push_back(
      {kInsert,
       {id.to_string(), request.tool.text(), std::string(to_string(request.caller.type)),
        request.caller.id, digest, static_cast<std::int64_t>(request.input_text.size()),
        parts_.summaries.summarise(request.input), micros(now), micros(expires)}});
  write.calls.push_back(
      fact_row("tool.confirmation_requested", request, id, actor_of(request.caller), "pending"));
  write_later(std::move(write));
  bytes_ += request.input_text.size();
  parked_.emplace(id,
                  Parked{.request = request, .digest = std::move(digest), .expires_at = expires});
  announce(id, request, "pending");
  return id;
}

Result<Confirmations::ParkedMap::iterator> Confirmations::decidable(ConfirmationId id) {
  const auto parked = parked_.find(id);
  if (parked == parked_.end() || parked->second.expires_at <= parts_.clock.now()) {
    return base::fail(ErrorCode::not_found,
                      "No call waits for this confirmation: it was decided, or its time is over.");
  }
  if (parked->second.is_being_decided) {
    return base::fail(ErrorCode::conflict, "This confirmation is being decided already.");
  }
  return parked;
}

Task<std::optional<CallRequest>> Confirmations::decide(ConfirmationId id,
                                                       ConfirmationDecision decision, Actor actor) {
  const auto parked = decidable(id);
  if (!parked) co_return Failure(parked.error());
  (*parked)->second.is_being_decided = true;
  const std::string status = decision == ConfirmationDecision::approve ? "approved" : "denied";
  const CallRequest& request = (*parked)->second.request;
  sql::Write write;
  write.calls.push_back({kDecide,
                         {id.to_string(), status, micros(parts_.clock.now()), actor.id},
                         sql::Expect::one_row});
  write.calls.push_back(fact_row("tool.confirmation_decided", request, id, actor, status));
  const auto written = co_await parts_.database.write(std::move(write));
  // While the decision was being written nothing else could take it away.
  if (!written) {
    (*parked)->second.is_being_decided = false;
    co_return Failure(written.error());
  }
  std::optional<CallRequest> approved;
  announce(id, request, status);
  if (*written && decision == ConfirmationDecision::approve) {
    approved = request;
    approved->confirmation = id;
  }
  drop(*parked);
  if (!*written) {
    co_return base::fail(ErrorCode::conflict, "This confirmation is not pending any more.");
  }
  co_return approved;
}

Task<void> Confirmations::settle(ConfirmationId id, std::string call, std::string result) {
  sql::Write write;
  write.calls.push_back({kSettle, {id.to_string(), std::move(call), std::move(result)}});
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

void Confirmations::sweep() {
  const auto now = parts_.clock.now();
  for (auto parked = parked_.begin(); parked != parked_.end();) {
    const auto next = std::next(parked);
    if (parked->second.expires_at <= now && !parked->second.is_being_decided) {
      sql::Write write;
      write.calls.push_back({kExpire, {parked->first.to_string()}});
      write.calls.push_back(fact_row("tool.confirmation_expired", parked->second.request,
                                     parked->first, Actor{}, "expired"));
      write_later(std::move(write));
      announce(parked->first, parked->second.request, "expired");
      drop(parked);
    }
    parked = next;
  }
}

Task<std::vector<Confirmation>> Confirmations::list() const {
  const auto rows = co_await parts_.database.read({kList, {}});
  if (!rows) co_return Failure(rows.error());
  std::vector<Confirmation> confirmations;
  for (const auto& row : rows->rows) confirmations.push_back(read_row(row));
  co_return confirmations;
}

Task<Confirmation> Confirmations::find(ConfirmationId id) const {
  const auto rows = co_await parts_.database.read({kFind, {id.to_string()}});
  if (!rows) co_return Failure(rows.error());
  if (rows->rows.empty()) {
    co_return base::fail(ErrorCode::not_found, "There is no such confirmation.");
  }
  co_return read_row(rows->rows.front());
}

sql::Call Confirmations::fact_row(std::string_view type, const CallRequest& request,
                                  ConfirmationId id, const Actor& actor,
                                  std::string_view status) const {
  AuditFact fact{.type = type, .severity = AuditFact::Severity::security, .actor = actor};
  fact.subject_type = "confirmation";
  fact.subject_id = id.to_string();
  fact.correlation_id = request.correlation_id;
  fact.causation_id = request.causation_id;
  fact.metadata = {{"tool_id", request.tool.text()},
                   {"caller_type", to_string(request.caller.type)},
                   {"caller_id", request.caller.id},
                   {"status", status},
                   {"input_bytes", request.input_text.size()}};
  return parts_.audit.row(std::move(fact), parts_.clock.now());
}

void Confirmations::announce(ConfirmationId id, const CallRequest& request,
                             std::string_view status) {
  parts_.events.publish(
      "confirmation.changed", id.to_string(),
      {{"confirmation_id", id.to_string()}, {"tool_id", request.tool.text()}, {"status", status}});
}

void Confirmations::write_later(sql::Write write) {
  boost::asio::co_spawn(executor_, write_row(parts_.database, std::move(write)),
                        boost::asio::detached);
}

void Confirmations::drop(ParkedMap::iterator parked) {
  bytes_ -= parked->second.request.input_text.size();
  parked_.erase(parked);
}

}  // namespace sovereign::core
