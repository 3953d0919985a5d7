// What this feature writes into the audit log; the seam to the log itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "core/actor.hpp"

namespace sovereign::core {

struct AdminEvent {
  /// "admin.login", "admin.login_failed", "admin.logout", "admin.token_rotated" or
  /// "security.denied": the last and failures are of security severity.
  std::string_view type;
  Actor actor;
  std::string_view reason;       ///< A constant word: "token", "code", "host", "origin", "csrf" ...
  std::string correlation_id;    ///< The request's id.
  std::string client;            ///< The client's address, or "unix".
  std::uint64_t unrecorded = 0;  ///< So many like it were left out before, see DenialLog.
};

/// Loop thread only.
class AdminAudit {
 public:
  virtual ~AdminAudit() = default;
  /// Durable when it returns; what it records must not happen when it fails.
  virtual Task<void> append(AdminEvent event) = 0;
  /// For refusals, which happen whether they are recorded or not; never waits.
  virtual void note(AdminEvent event) = 0;
};

}  // namespace sovereign::core
