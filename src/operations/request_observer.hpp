// Access log line and metrics of every answered request.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "http/pipeline.hpp"
#include "telemetry/access_log.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::operations {

class RequestObserver final : public http::RequestObserver {
 public:
  /// All must outlive the observer.
  RequestObserver(telemetry::AccessLog& log, telemetry::Metrics& metrics, const Clock& clock)
      : log_(log), metrics_(metrics), clock_(clock) {}

  /// Resolves a handle for each row; before the server starts. `routes` must stay where it is.
  void watch(const http::RouteTable& routes);

  void completed(const http::Request& request, const http::Outcome& outcome) override;

 private:
  struct RouteMetrics {
    std::array<telemetry::Counter*, 6> by_class{};  ///< Index: status / 100.
    telemetry::Histogram* duration = nullptr;
  };

  RouteMetrics resolve(std::string_view route, std::string_view method);
  const RouteMetrics& metrics_of(const http::Route* route) const;

  telemetry::AccessLog& log_;
  telemetry::Metrics& metrics_;
  const Clock& clock_;
  const http::Route* first_ = nullptr;
  std::vector<RouteMetrics> rows_;  ///< As in the table; the last is for requests without a row.
};

}  // namespace sovereign::operations
