// First answers to requests with an Idempotency-Key, in the database, for 24 hours. Answers may
// hold secrets that are shown once: they are sealed under a key that only the server's secret and
// the caller's Idempotency-Key give together, and neither is in the database.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "http/idempotency.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// How long an answer is replayed.
inline constexpr std::chrono::hours kAnswerLifetime{24};
/// A claim whose request never came to its end (a crash) is given up after this; longer than any
/// request may take.
inline constexpr std::chrono::seconds kClaimLifetime{60};

class SqlIdempotencyStore final : public http::IdempotencyStore {
 public:
  /// `secret` of the server, 32 bytes or more. The others must outlive this.
  SqlIdempotencyStore(std::string_view secret, sql::Database& database, const Clock& clock,
                      base::Random& random);

  Task<std::optional<http::StoredAnswer>> begin(const http::IdempotentRequest& request) override;
  Task<void> finish(const http::IdempotentRequest& request,
                    std::optional<http::StoredAnswer> answer) override;

  /// Removes what has expired at `now`. Errors: unavailable.
  Task<void> purge(Timestamp now);

 private:
  /// What the database holds instead of the key and of the body.
  struct Names {
    std::string row;
    std::string body;
  };
  Names names_of(const http::IdempotentRequest& request) const;
  std::string seal(const http::IdempotentRequest& request, const http::StoredAnswer& answer);
  std::optional<http::StoredAnswer> open(const http::IdempotentRequest& request, int status,
                                         std::string_view sealed) const;
  /// Whether the claim is ours now.
  Task<bool> claim(const Names& names);

  const crypto::HmacKey digest_key_;
  const std::string sealing_secret_;
  sql::Database& database_;
  const Clock& clock_;
  base::Random& random_;
};

}  // namespace sovereign::registry
