// Metrics of parts that count for themselves: read when they are asked for.
#pragma once

#include "http/server.hpp"
#include "infrastructure.hpp"
#include "services.hpp"

namespace sovereign::registry_app {

/// All must outlive the metrics' last exposition.
void add_server_metrics(Infrastructure& infrastructure, Services& services, http::Server& server);

}  // namespace sovereign::registry_app
