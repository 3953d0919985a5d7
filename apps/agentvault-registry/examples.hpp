// The example agents that `make run` puts into an empty store.
#pragma once

#include "base/error.hpp"
#include "settings.hpp"

namespace sovereign::registry_app {

/// Adds them if there is no agent yet.
Result<void> add_examples(const Settings& settings);

}  // namespace sovereign::registry_app
