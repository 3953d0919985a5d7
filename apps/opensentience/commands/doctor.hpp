// Looks at everything the Core needs of a machine, and says what to do about what is missing.
#pragma once

#include "cli/session.hpp"

namespace sovereign::opensentience {

/// kDone when everything needed is there.
int run_doctor(Session& session);

}  // namespace sovereign::opensentience
