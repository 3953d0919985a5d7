// The same request twice, the second time when the first takes long; the first good answer wins and
// the other request is ended.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "async/task.hpp"
#include "http/client.hpp"

namespace sovereign::registry {

/// When to send the second request.
struct RaceRule {
  std::optional<std::chrono::microseconds> patience;  ///< Nothing: never.
  std::function<bool()> may_start_second;             ///< Asked when patience is over.
};

/// Ends with the first answer of a status below 500, or with the last one's outcome. The client
/// must outlive the requests.
Task<http::ClientResponse> race(http::Client& client, http::ClientRequest request, RaceRule rule);

}  // namespace sovereign::registry
