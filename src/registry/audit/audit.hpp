// The audit trail: a row in the transaction of each privileged change. If it cannot be audited, it
// does not happen.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/request.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// Who does it and through which request; made once at the border and passed to services.
struct Actor {
  std::string
      id;  ///< "user:<uuid>", "agent:<uuid>", "api_key:<uuid>", "anonymous" or "command-line".
  std::string request_id;  ///< Empty for the command line.
  std::string address;     ///< Of the client.
};

/// The actor behind an HTTP request.
Actor actor_of(const http::Request& request);

/// What happened. `action` is a constant such as "agent.create"; `details` is JSON text without
/// secrets.
struct AuditEvent {
  std::string_view action;
  std::string subject;  ///< "agent:<uuid>", "user:<uuid>" ...
  std::string details = "{}";
};

/// The call that writes the row; add it to the Write of the change.
sql::Call audit_row(const Actor& actor, AuditEvent event, base::Timestamp at);

}  // namespace sovereign::registry
