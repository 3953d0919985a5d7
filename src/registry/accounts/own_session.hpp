// Which routes an API key may not use: those that could give it more rights than it has.
#pragma once

#include "registry/accounts/service.hpp"

namespace sovereign::registry {

/// The account and session that ask. Error: forbidden for an API key.
Result<SessionOwner> own_session(const http::Request& request);

}  // namespace sovereign::registry
