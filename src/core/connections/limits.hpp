// Every bound of a connection, with its default. Each refusal names the limit it met.
#pragma once

#include <chrono>
#include <cstddef>

namespace sovereign::core {

struct ConnectionLimits {
  std::size_t max_frame_bytes = 4 * 1024 * 1024;
  std::size_t max_inflight_requests = 256;  ///< Calls under way on a connection, each direction.
  std::size_t max_queued_bytes = 8 * 1024 * 1024;   ///< Written, not yet taken by a slow reader.
  std::size_t max_stream_chunk_bytes = 64 * 1024;   ///< Text or JSON of one stream message.
  std::size_t max_stream_bytes = 10 * 1024 * 1024;  ///< Of all stream messages of a call.
  std::size_t max_tools = 256;
  std::size_t max_schema_bytes = 64 * 1024;
  /// What comes without having been asked for: all but results of calls under way. An agent that
  /// streams as fast as it can stays well below.
  std::size_t max_messages_per_second = 50'000;
  std::size_t max_violations = 32;  ///< At once; one more a second. Then the connection ends.
  std::size_t max_late_result_rows = 256;  ///< Audited at once; ten more a second.
  std::size_t max_handshakes = 64;         ///< Connections that have not said who they are.

  std::chrono::milliseconds handshake_timeout{5'000};
  std::chrono::milliseconds process_wait{2'000};  ///< A hello before the launch was recorded.
  std::chrono::milliseconds ticket_lifetime{120'000};
  std::chrono::milliseconds register_timeout{30'000};
  std::chrono::milliseconds reconnect_window{10'000};
  std::chrono::milliseconds heartbeat_interval{5'000};
  std::chrono::milliseconds linger{1'000};  ///< For a goodbye to be read before the socket closes.

  /// How often time is looked at: while calls or handshakes are under way, and otherwise.
  std::chrono::milliseconds busy_sweep{50};
  std::chrono::milliseconds idle_sweep{500};
};

}  // namespace sovereign::core
