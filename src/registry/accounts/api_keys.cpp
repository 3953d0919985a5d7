#include "registry/accounts/api_keys.hpp"

#include <algorithm>
#include <utility>

#include "async/run_blocking.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kSecretLength = 43;
constexpr std::size_t kLookupLength = 12;

/// The least that bcrypt allows, 0.7 ms. Slow hashes protect what can be guessed; 186 random bits
/// cannot, at any speed. The seed wants bcrypt, and a higher cost would only serve those who send
/// wrong keys to keep us busy.
constexpr crypto::BcryptCost kCost{.rounds_log2 = 4};

constexpr std::string_view kFailurePolicy = "auth.api_key";

std::uint8_t bits_of(const std::vector<http::Scope>& scopes) {
  std::uint8_t bits = 0;
  for (const auto scope : scopes) bits |= static_cast<std::uint8_t>(scope);
  return bits;
}

/// The part of a well-formed key that finds its row.
std::optional<std::string_view> lookup_id_of(std::string_view key) {
  if (!key.starts_with(kApiKeyPrefix) || key.size() != kApiKeyPrefix.size() + kSecretLength)
    return std::nullopt;
  const auto secret = key.substr(kApiKeyPrefix.size());
  const bool url_safe = std::ranges::all_of(secret, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  return url_safe ? std::optional(secret.substr(0, kLookupLength)) : std::nullopt;
}

/// When a new key shall expire. Error: unprocessable.
Result<std::optional<Timestamp>> expiry_of(const ApiKeyRequest& request, Timestamp now) {
  if (request.expires_at && request.expires_in_days) {
    return base::fail_field("/expires_at", "conflicting",
                            "Give either expires_at or expires_in_days.");
  }
  if (request.expires_in_days) return now + std::chrono::days(*request.expires_in_days);
  if (request.expires_at && *request.expires_at <= now)
    return base::fail_field("/expires_at", "past", "This must be in the future.");
  return request.expires_at;
}

}  // namespace

ApiKeyItem item_of(const ApiKey& key) {
  ApiKeyItem item{.id = key.id,
                  .name = key.name,
                  .prefix = std::string(kApiKeyPrefix) + key.lookup_id,
                  .created_at = key.created_at,
                  .expires_at = key.expires_at,
                  .last_used_at = key.last_used_at};
  for (const auto& entry : json::Names<http::Scope>::values) {
    if ((key.scopes & static_cast<std::uint8_t>(entry.value)) != 0)
      item.scopes.push_back(entry.value);
  }
  return item;
}

ApiKeys::ApiKeys(AccountParts parts, async::WorkerPool& pool, http::RateLimiter& limiter)
    : parts_(parts),
      pool_(pool),
      store_(parts.database),
      memory_(parts.random),
      failures_(limiter, kFailurePolicy, parts.clock) {}

Task<CreatedApiKey> ApiKeys::create(http::Principal owner, ApiKeyRequest request, Actor actor) {
  const auto now = parts_.clock.now();
  const auto scopes = bits_of(request.scopes);
  if (scopes == 0) co_return base::fail_field("/scopes", "too_few", "Name at least one scope.");
  if ((scopes & static_cast<std::uint8_t>(http::Scope::admin)) != 0 && !owner.is_admin)
    co_return base::fail(ErrorCode::forbidden, "The scope admin is for administrators.");
  const auto expires_at = expiry_of(request, now);
  if (!expires_at) co_return Failure(expires_at.error());
  CreatedApiKey created;
  created.key = std::string(kApiKeyPrefix) +
                crypto::random_token(parts_.random, kSecretLength, crypto::Alphabet::url_safe);
  const ApiKey key{.id = ApiKeyId::generate(parts_.random),
                   .lookup_id = std::string(*lookup_id_of(created.key)),
                   .name = std::move(request.name),
                   .scopes = scopes,
                   .created_at = now,
                   .expires_at = *expires_at};
  auto job = [this, secret = created.key] {
    return crypto::bcrypt_hash(secret, kCost, parts_.random);
  };
  auto hash = co_await async::run_blocking(pool_, std::move(job));
  if (!hash) co_return Failure(hash.error());
  const UserId user{owner.subject};
  sql::Write write;
  // Counting is only safe while no other request of the account counts too.
  write.calls.push_back(AccountStore::lock_active(user));
  write.calls.push_back(ApiKeyStore::insert(key, user, std::move(*hash), kMaxApiKeys));
  write.calls.push_back(audit_row(
      actor, {.action = "api_key.create", .subject = "api_key:" + key.id.to_string()}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) {
    co_return written->error().call == 0
        ? base::fail(ErrorCode::unauthenticated, "This account is not active.")
        : base::fail(ErrorCode::conflict,
                     "This account has 50 active API keys, the most there may be; revoke one.");
  }
  static_cast<ApiKeyItem&>(created) = item_of(key);
  co_return created;
}

Task<std::vector<ApiKey>> ApiKeys::list(UserId user) {
  auto keys = co_await store_.list_active(user, parts_.clock.now());
  co_return keys;
}

Task<void> ApiKeys::revoke(UserId user, ApiKeyId id, Actor actor) {
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(ApiKeyStore::revoke(user, id, now));
  write.calls.push_back(
      audit_row(actor, {.action = "api_key.revoke", .subject = "api_key:" + id.to_string()}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return base::fail(ErrorCode::not_found, "There is no such API key.");
  memory_.forget(id);
  parts_.revocations.api_key_revoked(id);
  co_return Result<void>();
}

std::optional<KnownKey> ApiKeys::find_known(std::string_view key) const {
  return memory_.find(key, parts_.clock.now());
}

Task<KnownKey> ApiKeys::check(std::string key, std::string address) {
  if (const auto wait = failures_.wait_of(address)) {
    co_return std::unexpected(Error{.code = ErrorCode::too_many_requests,
                                    .detail = "Too many wrong API keys; try again later.",
                                    .retry_after = *wait});
  }
  const auto ticket = memory_.ticket();
  const auto lookup_id = lookup_id_of(key);
  if (!lookup_id) {
    auto refusal = refuse(std::move(address));
    co_return co_await std::move(refusal);
  }
  const auto found = co_await store_.find(std::string(*lookup_id));
  if (!found) co_return Failure(found.error());
  if (!*found) {
    auto refusal = refuse(std::move(address));
    co_return co_await std::move(refusal);
  }
  auto job = [secret = key, hash = (*found)->secret_hash] {
    return crypto::bcrypt_verify(secret, hash);
  };
  const auto matches = co_await async::run_blocking(pool_, std::move(job));
  if (!matches) co_return Failure(matches.error());
  const auto now = parts_.clock.now();
  const auto& [stored, hash, user] = **found;
  const bool is_expired = stored.expires_at && now >= *stored.expires_at;
  if (!*matches || is_expired || !user.is_active) {
    auto refusal = refuse(std::move(address));
    co_return co_await std::move(refusal);
  }
  KnownKey known{.id = stored.id,
                 .user = user.id,
                 .email = user.email,
                 .scopes = stored.scopes,
                 .expires_at = stored.expires_at.value_or(Timestamp::max())};
  parts_.standing.put(user.id, state_of(user));
  memory_.remember(key, known, now, ticket);
  usage_.note(stored.id, now);
  co_return known;
}

Task<KnownKey> ApiKeys::refuse(std::string address) {
  auto counting = failures_.failed(std::move(address));
  co_await std::move(counting);
  co_return base::fail(ErrorCode::unauthenticated, "This API key is not valid.");
}

Task<void> ApiKeys::write_usage() {
  const auto uses = usage_.take();
  if (uses.empty()) co_return Result<void>();
  sql::Write write;
  for (const auto& use : uses) write.calls.push_back(ApiKeyStore::mark_used(use));
  const auto written = co_await parts_.database.write(std::move(write));
  if (written) co_return Result<void>();
  for (const auto& use : uses) usage_.note(use.id, use.at);
  co_return Failure(written.error());
}

Task<void> ApiKeys::purge(Timestamp now) {
  sql::Write write;
  write.calls.push_back(ApiKeyStore::delete_over(now - kEndedKeyLifetime));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>();
}

}  // namespace sovereign::registry
