// What holds for a call on both engines, before and after it runs; and the errors they share.
#pragma once

#include <string>

#include "sql/database.hpp"

namespace sovereign::sql {

/// Refuses what one of the engines cannot store: text with NUL or that is not UTF-8, and NaN.
/// Error: `unprocessable`.
Result<void> check_parameters(const Call& call);
Result<void> check_parameters(const Write& write);

/// Whether `result` is what the call had to do.
bool meets(Expect expect, const ResultSet& result);

/// The environment failed: `unavailable`.
Failure database_unavailable(std::string context);
/// Our SQL or its use is wrong: `internal`.
Failure database_bug(std::string context);
/// Text that cannot be stored: `unprocessable`.
Failure bad_text(std::string context);
/// Too much waits already: `unavailable`.
Failure queue_full(std::string_view queue);

}  // namespace sovereign::sql
