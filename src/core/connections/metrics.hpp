// What connections count. Handles are resolved once.
#pragma once

#include "telemetry/metrics.hpp"

namespace sovereign::core {

struct ConnectionMetrics {
  explicit ConnectionMetrics(telemetry::Metrics& metrics);

  telemetry::Counter& accepted;
  telemetry::Counter& refused;
  telemetry::Gauge& connected;
  telemetry::Counter& violations;
  telemetry::Counter& dropped;  ///< Late results, streams of no call or out of order.
  telemetry::Histogram& frame_bytes;
  telemetry::Histogram& heartbeat_lag;
};

}  // namespace sovereign::core
