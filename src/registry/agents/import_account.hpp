// The account that owns imported agents whose lines name nobody.
#pragma once

#include "async/task.hpp"
#include "base/clock.hpp"
#include "registry/ids.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// Makes it if it is missing. Nobody can sign in to it, and nobody can register its name away: its
/// keys hold what no registered name has.
Task<UserId> ensure_import_account(sql::Database& database, const Clock& clock);

}  // namespace sovereign::registry
