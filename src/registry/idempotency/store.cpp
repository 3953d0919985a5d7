#include "registry/idempotency/store.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/secret_box.hpp"

namespace sovereign::registry {
namespace {

constexpr sql::Statement kDeleteLapsed{
    "idempotency_keys.delete_lapsed",
    "DELETE FROM idempotency_keys WHERE digest = $1 AND expires_at <= $2"};
constexpr sql::Statement kClaim{
    "idempotency_keys.claim",
    "INSERT INTO idempotency_keys (digest, body_digest, created_at, expires_at) "
    "VALUES ($1, $2, $3, $4)"};
constexpr sql::Statement kFind{
    "idempotency_keys.find",
    "SELECT body_digest, status, answer FROM idempotency_keys WHERE digest = $1"};
// Should a claim have lapsed and another request hold it now, that one's answer is as good: it
// answers the same body.
constexpr sql::Statement kKeep{
    "idempotency_keys.keep",
    "UPDATE idempotency_keys SET status = $2, answer = $3, expires_at = $4 "
    "WHERE digest = $1 AND status IS NULL"};
constexpr sql::Statement kRelease{
    "idempotency_keys.release",
    "DELETE FROM idempotency_keys WHERE digest = $1 AND status IS NULL"};
constexpr sql::Statement kPurge{"idempotency_keys.purge",
                                "DELETE FROM idempotency_keys WHERE expires_at <= $1"};

/// How often a claim is tried: it may lapse between finding it taken and looking at it.
constexpr int kAttempts = 3;

std::string derive(std::string_view secret, std::string_view info) {
  const auto key = crypto::hkdf_sha256(secret, {}, info);
  return {key.begin(), key.end()};
}

/// No two lists of parts give one text.
std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  }
  return text;
}

/// The parts of what join() made.
template <std::size_t N>
std::optional<std::array<std::string, N>> split(std::string_view text) {
  std::array<std::string, N> parts;
  for (auto& part : parts) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (error != std::errc{} || !text.starts_with(':') || size > text.size() - 1)
      return std::nullopt;
    part = text.substr(1, size);
    text.remove_prefix(1 + size);
  }
  return parts;
}

std::int64_t microseconds(Timestamp time) { return time.time_since_epoch().count(); }

Failure still_running() {
  Error error{.code = ErrorCode::conflict,
              .detail = "The first request with this Idempotency-Key is still being answered."};
  error.retry_after = std::chrono::seconds{1};
  return std::unexpected(std::move(error));
}

}  // namespace

SqlIdempotencyStore::SqlIdempotencyStore(std::string_view secret, sql::Database& database,
                                         const Clock& clock, base::Random& random)
    : digest_key_(derive(secret, "idempotency digests")),
      sealing_secret_(derive(secret, "idempotency answers")),
      database_(database),
      clock_(clock),
      random_(random) {}

SqlIdempotencyStore::Names SqlIdempotencyStore::names_of(
    const http::IdempotentRequest& request) const {
  const auto row = digest_key_.sign(join({"key", request.caller, request.operation, request.key}));
  const auto body = digest_key_.sign(join({"body", request.body}));
  return {.row = base::to_hex(row), .body = base::to_hex(body)};
}

Task<bool> SqlIdempotencyStore::claim(const Names& names) {
  const auto now = clock_.now();
  sql::Write write;
  write.calls.push_back({kDeleteLapsed, {names.row, microseconds(now)}});
  write.calls.push_back(
      {kClaim, {names.row, names.body, microseconds(now), microseconds(now + kClaimLifetime)}});
  const auto written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return written->has_value();
}

Task<std::optional<http::StoredAnswer>> SqlIdempotencyStore::begin(
    const http::IdempotentRequest& request) {
  const auto names = names_of(request);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto claimed = co_await claim(names);
    if (!claimed) co_return Failure(claimed.error());
    if (*claimed) co_return std::nullopt;
    const auto found = co_await database_.read({kFind, {names.row}});
    if (!found) co_return Failure(found.error());
    if (found->rows.empty()) continue;
    const auto& row = found->rows.front();
    if (sql::text(row[0]) != names.body) {
      co_return base::fail(ErrorCode::unprocessable,
                           "This Idempotency-Key was used with another body.");
    }
    if (sql::is_null(row[1])) co_return still_running();
    auto answer = open(request, static_cast<int>(sql::integer(row[1])), sql::text(row[2]));
    if (!answer)
      co_return base::fail(ErrorCode::internal, "The first answer cannot be read any more.",
                           "idempotent answer does not open");
    co_return answer;
  }
  co_return still_running();
}

Task<void> SqlIdempotencyStore::finish(const http::IdempotentRequest& request,
                                       std::optional<http::StoredAnswer> answer) {
  const auto names = names_of(request);
  sql::Write write;
  if (answer) {
    write.calls.push_back({kKeep,
                           {names.row, std::int64_t{answer->status}, seal(request, *answer),
                            microseconds(clock_.now() + kAnswerLifetime)}});
  } else {
    write.calls.push_back({kRelease, {names.row}});
  }
  const auto written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>();
}

Task<void> SqlIdempotencyStore::purge(Timestamp now) {
  sql::Write write;
  write.calls.push_back({kPurge, {microseconds(now)}});
  const auto written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>();
}

std::string SqlIdempotencyStore::seal(const http::IdempotentRequest& request,
                                      const http::StoredAnswer& answer) {
  const auto key = crypto::hkdf_sha256(sealing_secret_, {}, request.key);
  const auto box = crypto::seal(key, join({answer.body, answer.etag, answer.location}),
                                names_of(request).row, random_);
  return base::to_base64url(base::as_bytes(box));
}

std::optional<http::StoredAnswer> SqlIdempotencyStore::open(const http::IdempotentRequest& request,
                                                            int status,
                                                            std::string_view sealed) const {
  const auto box = base::from_base64url(sealed);
  if (!box) return std::nullopt;
  const auto key = crypto::hkdf_sha256(sealing_secret_, {}, request.key);
  const auto text = crypto::open(key, {reinterpret_cast<const char*>(box->data()), box->size()},
                                 names_of(request).row);
  if (!text) return std::nullopt;
  auto parts = split<3>(*text);
  if (!parts) return std::nullopt;
  auto& [body, etag, location] = *parts;
  return http::StoredAnswer{.status = status,
                            .body = std::move(body),
                            .etag = std::move(etag),
                            .location = std::move(location)};
}

}  // namespace sovereign::registry
