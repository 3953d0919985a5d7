// Numbers that exist elsewhere, shown with the metrics.
#pragma once

#include "daemon/features.hpp"
#include "http/server.hpp"

namespace sovereign::opensentience {

/// Both must outlive the metrics' last exposition, which happens on the loop.
void add_daemon_metrics(Features& features, http::Server& server);

}  // namespace sovereign::opensentience
