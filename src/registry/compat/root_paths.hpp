// The paths of the first registry, before /api/v1: /auth, /developers and /agent-builder lie at the
// root too.
#pragma once

#include "http/route.hpp"

namespace sovereign::registry {

/// Of `rows`, a table of their own, those that also exist at the root, under the path without
/// /api/v1 and out of the documentation, but for those that `table` has already. They are added to
/// `table`.
void add_root_paths(http::RouteTable rows, http::RouteTable& table);

}  // namespace sovereign::registry
