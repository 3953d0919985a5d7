// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a POST that is sent again gets the
// first answer again. The seam to where answers are kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace sovereign::http {

inline constexpr std::size_t kMaxIdempotencyKey = 255;  ///< Bytes of visible ASCII.

/// One request that carries a key. `caller` and `operation` keep keys of different callers apart.
struct IdempotentRequest {
  std::string key;
  std::string caller;
  std::string operation;
  std::string body;
};

/// An answer as it is replayed.
struct StoredAnswer {
  int status = 0;
  std::string body;
  std::string etag;
  std::string location;
};

class IdempotencyStore {
 public:
  virtual ~IdempotencyStore() = default;

  /// Claims the key: nullopt when this is the first request with it, else the first one's answer.
  /// Errors: `unprocessable` when the body was another, `conflict` while the first one runs,
  /// `unavailable`.
  virtual Task<std::optional<StoredAnswer>> begin(const IdempotentRequest& request) = 0;

  /// Keeps the answer for 24 hours; nullopt (a server error) gives the key free again.
  virtual Task<void> finish(const IdempotentRequest& request,
                            std::optional<StoredAnswer> answer) = 0;
};

}  // namespace sovereign::http
