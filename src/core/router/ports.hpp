// What the router needs of the rest of the Core, and no more: approvals, the audit log, events. The
// real ones are adapted in wiring; tests bring their own. Loop thread only; nothing here blocks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/actor.hpp"
#include "core/ids.hpp"
#include "core/router/limits.hpp"
#include "json/parse.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// One approval, only compared and handed back. Another approval of the same agent is another
/// pointer, and what one allows never changes.
using GrantToken = std::shared_ptr<const void>;

/// What is known of agents.
class AgentFacts {
 public:
  virtual ~AgentFacts() = default;

  /// The approval that holds now; null: not enabled (never approved, disabled or revoked). Asked
  /// for every call.
  virtual GrantToken grant(const AgentId& agent) const = 0;
  /// Whether what `grant` allows includes `permission`, a well-formed permission string.
  virtual bool covers(const GrantToken& grant, std::string_view permission) const = 0;
  /// Whether the agent with this grant may call `tool`.
  virtual bool may_call(const GrantToken& grant, const ToolId& tool) const = 0;
  /// Whether its process is on its way up, so that waiting a moment is worth it.
  virtual bool is_starting(const AgentId& agent) const = 0;
  virtual DeclaredCallLimits declared_limits(const AgentId& agent) const = 0;
};

/// One thing for the audit log. Never holds a tool's input or output.
struct AuditFact {
  std::string_view type;
  enum class Severity { info, warning, error, security } severity = Severity::info;
  Actor actor = {};
  std::string_view subject_type = "tool_call";
  std::string subject_id = {};
  std::string correlation_id = {};
  std::string causation_id = {};
  json::Object metadata = {};
};

class AuditSink {
 public:
  virtual ~AuditSink() = default;
  /// Queued, and committed within some milliseconds. An error (queue full, last flush failed): what
  /// it is about must not happen.
  virtual Result<void> post(AuditFact fact) = 0;
  /// The row as part of the write that it is about.
  virtual sql::Call row(AuditFact fact, base::Timestamp at) = 0;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void publish(std::string_view type, std::string_view subject, json::Object data) = 0;
};

/// Says of an input what a person needs to decide, without secrets.
class InputSummary {
 public:
  virtual ~InputSummary() = default;
  /// Redacted; one line of at most 2000 bytes.
  virtual std::string summarise(const json::Value& input) const = 0;
};

}  // namespace sovereign::core
