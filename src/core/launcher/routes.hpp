// Runs and logs over HTTP: starting, stopping, what ran, and what it said.
#pragma once

#include "core/launcher/launcher.hpp"
#include "core/launcher/route_types.hpp"
#include "http/endpoint.hpp"

namespace sovereign::core {

class RunRoutes {
 public:
  /// Must outlive the route table.
  explicit RunRoutes(Launcher& launcher) : launcher_(launcher) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<RunInfo>> run(const http::Request& request, http::OptionalJson<RunRequest> body);
  Task<http::Reply<RunInfo>> stop(const http::Request& request,
                                  http::OptionalJson<StopRequest> body);
  Task<http::Reply<RunInfo>> restart(const http::Request& request,
                                     http::OptionalJson<RunRequest> body);
  Task<http::Reply<RunPage>> list(const http::Request& request, http::Query<RunQuery> query);
  Task<http::Prepared<LogPage>> logs(const http::Request& request, http::Query<LogQuery> query);

  /// The feed of a run that is in memory. Errors: not_found, malformed (Last-Event-ID).
  Result<http::Response> follow(const http::Request& request, const AgentId& agent, RunId run,
                                std::size_t tail);
  void add_control_routes(http::RouteTable& table);

  Launcher& launcher_;
};

}  // namespace sovereign::core
