// The feed over server-sent events and over WebSocket: how items are written, what a client may
// say.
#pragma once

#include <memory>

#include "http/stream.hpp"
#include "http/websocket.hpp"
#include "registry/changes/stream.hpp"

namespace sovereign::registry {

/// A body of events; see docs/formats/change-feed.md.
std::unique_ptr<http::StreamBody> change_events(std::unique_ptr<ChangeStream> stream);

/// A session whose client may set filters.
std::unique_ptr<http::WebSocketSession> change_session(std::unique_ptr<ChangeStream> stream,
                                                       const Clock& clock);

}  // namespace sovereign::registry
