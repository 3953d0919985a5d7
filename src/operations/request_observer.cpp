#include "operations/request_observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "http/trace_context.hpp"

namespace sovereign::operations {

RequestObserver::RouteMetrics RequestObserver::resolve(std::string_view route,
                                                       std::string_view method) {
  RouteMetrics row;
  for (std::size_t i = 1; i < row.by_class.size(); ++i) {
    row.by_class[i] = &metrics_.counter({.name = "http_requests_total",
                                         .help = "Answered requests.",
                                         .labels = {{"route", std::string(route)},
                                                    {"method", std::string(method)},
                                                    {"status", fmt::format("{}xx", i)}}});
  }
  row.duration =
      &metrics_.latency({.name = "http_request_duration_seconds",
                         .help = "From a request's last byte read to its answer's hand-over.",
                         .labels = {{"route", std::string(route)}}});
  return row;
}

void RequestObserver::watch(const http::RouteTable& routes) {
  first_ = routes.data();
  rows_.clear();
  for (const auto& route : routes)
    rows_.push_back(resolve(route.operation, http::to_string(route.method)));
  rows_.push_back(resolve("none", ""));
}

const RequestObserver::RouteMetrics& RequestObserver::metrics_of(const http::Route* route) const {
  return route == nullptr ? rows_.back() : rows_[static_cast<std::size_t>(route - first_)];
}

void RequestObserver::completed(const http::Request& request, const http::Outcome& outcome) {
  const auto& metrics = metrics_of(request.route);
  const auto status_class = static_cast<std::size_t>(std::clamp(outcome.status / 100, 1, 5));
  metrics.by_class[status_class]->add();
  metrics.duration->observe(outcome.duration);
  if (!log_.is_on()) return;
  const std::string subject =
      request.principal ? request.principal->subject.to_string() : std::string();
  log_.write({.time = clock_.now(),
              .method = http::to_string(request.method),
              .path = request.path,
              .route = request.route == nullptr ? std::string_view{} : request.route->path,
              .status = outcome.status,
              .bytes_in = outcome.request_bytes,
              .bytes_out = outcome.response_bytes,
              .duration = std::chrono::duration_cast<std::chrono::microseconds>(outcome.duration),
              .client = request.client_address,
              .request_id = request.id,
              .subject = subject,
              .user_agent = request.header("User-Agent"),
              .trace_id = http::trace_id_of(request.header("traceparent"))});
}

}  // namespace sovereign::operations
