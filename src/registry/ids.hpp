// The registry's typed ids.
#pragma once

#include "base/uuid.hpp"

namespace sovereign::registry {

using UserId = base::Id<struct UserTag>;
using AgentId = base::Id<struct AgentTag>;
using SessionId = base::Id<struct SessionTag>;
using ApiKeyId = base::Id<struct ApiKeyTag>;
using BootstrapTokenId = base::Id<struct BootstrapTokenTag>;
using PeerId = base::Id<struct PeerTag>;

}  // namespace sovereign::registry
