// What all connections of a hub share.
#pragma once

#include <sys/socket.h>

#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/connections/interfaces.hpp"
#include "core/connections/journal.hpp"
#include "core/connections/limits.hpp"
#include "core/connections/metrics.hpp"
#include "core/errors.hpp"
#include "protocol/envelope.hpp"
#include "protocol/frame_writer.hpp"

namespace sovereign::core {

struct HubOptions {
  ConnectionLimits limits = {};
  std::string core_version;
  std::string instance_id;
  /// As send(2); tests bring one that fails.
  ssize_t (*send)(int socket, const void* bytes, std::size_t size, int flags) = &::send;
};

struct ConnectionContext {
  const Clock& clock;
  base::Random& random;
  ConnectionJournal& journal;
  const HubOptions& options;
  ConnectionMetrics metrics;
  protocol::Inbox inbox;  ///< One message is handled at a time.
  protocol::FrameWriter writer;
  ToolRegistrar* registrar = nullptr;
  ToolCaller* caller = nullptr;
};

/// The error shape of one of the Core's own codes.
inline protocol::ProtocolError protocol_error(CoreCode code, std::string message) {
  protocol::ProtocolError error{.code = std::string(to_string(code)),
                                .message = std::move(message)};
  if (is_retryable(code)) error.retryable = true;
  return error;
}

inline CoreCode code_of(protocol::BadMessage what) {
  switch (what) {
    case protocol::BadMessage::frame: return CoreCode::protocol_bad_frame;
    case protocol::BadMessage::envelope: return CoreCode::protocol_bad_envelope;
    case protocol::BadMessage::version: return CoreCode::protocol_version_unsupported;
  }
  return CoreCode::protocol_bad_frame;
}

}  // namespace sovereign::core
