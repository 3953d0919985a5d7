// One answer to a long poll: gathers pages until it is full, there is no more, or time is up.
#pragma once

#include <cstdint>
#include <string>

#include "async/task.hpp"
#include "registry/changes/feed.hpp"

namespace sovereign::registry {

struct ChangePollLimits {
  std::size_t items = 100;
  std::size_t bytes = 4 * 1024 * 1024;  ///< Of the items; the last one may go over.
  /// Without any item, so that a filter that nothing matches does not read all of the log at once.
  int pages = 16;
};

struct ChangePollRequest {
  std::string since;
  ChangeCursor from;
  ChangeFilter filter = {};
  std::optional<ChangeInclude> include = {};
  ChangePollLimits limits = {};
  SteadyTime until{};  ///< For a first item.
};

/// The body of the answer, a ChangeBatch. Error: `unavailable`.
Task<std::string> poll_changes(ChangeFeed& feed, ChangePollRequest request);

}  // namespace sovereign::registry
