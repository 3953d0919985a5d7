// Who may connect: one ticket a launch, presented once as a token by the launched process or one it
// started. Pure but for the process table, which is a seam. Loop thread only.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "core/connections/limits.hpp"
#include "core/connections/process_tree.hpp"
#include "core/errors.hpp"
#include "core/ids.hpp"
#include "crypto/digest.hpp"
#include "protocol/messages.hpp"

namespace sovereign::core {

struct LaunchTicket {
  AgentId agent;
  RunId run;
  crypto::Digest256 token_digest;  ///< SHA-256 of the token's text; the token itself is not kept.
  std::string manifest_hash;       ///< As the catalogue has it; empty: not compared.
  base::SteadyTime expires;        ///< For the first hello; two minutes after the launch.
};

}  // namespace sovereign::core
