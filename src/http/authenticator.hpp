// The seam through which the pipeline learns who sends a request.
#pragma once

#include <optional>

#include "async/task.hpp"
#include "http/request.hpp"

namespace sovereign::http {

class Authenticator {
 public:
  virtual ~Authenticator() = default;

  /// Whether the request carries credentials at all, good or bad.
  virtual bool has_credentials(const Request& request) const = 0;

  /// The answer when memory suffices (a token, a key seen lately); nullopt when the database must
  /// be asked. Error: `unauthenticated`.
  virtual std::optional<Result<Principal>> authenticate_now(const Request& request) = 0;

  /// The full check. Errors: `unauthenticated`, `unavailable`.
  virtual Task<Principal> authenticate(const Request& request) = 0;

  /// Whether who was let in before would still be: asked while a streamed answer is under way, on
  /// its loop's thread, before each write. False ends the stream.
  virtual bool is_current(const Principal& /*principal*/) const { return true; }
};

}  // namespace sovereign::http
