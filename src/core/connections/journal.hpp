// What connections have to say for the audit log. The seam to the audit trail, so that connections
// are tested without a database.
#pragma once

#include <string_view>

#include "core/ids.hpp"
#include "json/parse.hpp"

namespace sovereign::core {

enum class JournalSeverity { info, warning, security };

struct ConnectionEvent {
  std::string_view type;  ///< agent.connected, agent.handshake_failed, protocol.violation ...
  JournalSeverity severity = JournalSeverity::info;
  const AgentId* agent = nullptr;  ///< Null when the peer is not known.
  const RunId* run = nullptr;
  std::string_view correlation_id = {};
  json::Object metadata = {};  ///< Codes, counts and sizes; never payloads or tokens.
};

class ConnectionJournal {
 public:
  virtual ~ConnectionJournal() = default;
  /// Loop thread only, must not block. False when the event cannot be recorded now: what it would
  /// have recorded must not happen, where that is possible.
  virtual bool record(ConnectionEvent event) = 0;
};

}  // namespace sovereign::core
