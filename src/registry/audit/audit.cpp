#include "registry/audit/audit.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kInsert{"audit.insert",
                                 "INSERT INTO audit_log (at, actor, action, subject, details, "
                                 "request_id) VALUES ($1, $2, $3, $4, $5, $6)"};

std::string_view kind_of(http::PrincipalKind kind) {
  switch (kind) {
    case http::PrincipalKind::user: return "user:";
    case http::PrincipalKind::api_key: return "api_key:";
    case http::PrincipalKind::agent: return "agent:";
  }
  return "user:";
}

}  // namespace

Actor actor_of(const http::Request& request) {
  Actor actor{.id = "anonymous", .request_id = request.id, .address = request.client_address};
  if (const auto& principal = request.principal) {
    // An API key acts for its account; its own id (the session) says which key it was.
    actor.id = std::string(kind_of(principal->kind)) +
               (principal->kind == http::PrincipalKind::api_key ? principal->session
                                                                : principal->subject.to_string());
  }
  return actor;
}

sql::Call audit_row(const Actor& actor, AuditEvent event, base::Timestamp at) {
  return {kInsert,
          {at.time_since_epoch().count(), actor.id, std::string(event.action),
           std::move(event.subject), std::move(event.details), actor.request_id}};
}

}  // namespace sovereign::registry
