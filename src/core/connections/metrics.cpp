#include "core/connections/metrics.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;

telemetry::MetricName handshakes(std::string status) {
  return {"opensentience_protocol_connections_total",
          "Handshakes of agents, by how they ended.",
          {{"status", std::move(status)}}};
}

}  // namespace

ConnectionMetrics::ConnectionMetrics(telemetry::Metrics& metrics)
    : accepted(metrics.counter(handshakes("accepted"))),
      refused(metrics.counter(handshakes("refused"))),
      connected(metrics.gauge({"opensentience_protocol_connected", "Agents connected now."})),
      violations(metrics.counter({"opensentience_protocol_violations_total",
                                  "Messages of agents that broke the protocol."})),
      dropped(metrics.counter({"opensentience_protocol_dropped_messages_total",
                               "Late results and stream messages that were not passed on."})),
      frame_bytes(metrics.histogram(
          {"opensentience_protocol_frame_bytes", "Size of the frames that agents sent."},
          telemetry::Unit::bytes, {256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304})),
      heartbeat_lag(metrics.latency({"opensentience_protocol_heartbeat_lag_seconds",
                                     "How long after they were due heartbeats came."},
                                    {1ms, 10ms, 100ms, 1s, 2500ms, 5s, 10s, 30s})) {}

}  // namespace sovereign::core
