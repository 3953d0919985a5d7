// All features of the Core, put together.
#pragma once

#include <string>
#include <string_view>

#include "daemon/feature_groups.hpp"

namespace sovereign::opensentience {

struct Features {
  /// `foundation` must outlive it; `executor` is the loop's.
  Features(Foundation& foundation, boost::asio::any_io_executor executor);

  /// Fills memory from the database. Blocks; before the loop serves anything.
  Result<void> load();
  /// Settles what the last run of the daemon left, then lets agents connect. On the loop.
  Task<void> start();
  /// Ends everything in reverse, agents first. On the loop.
  Task<void> stop();

  Foundation& foundation;
  boost::asio::any_io_executor executor;
  const std::string instance_id;

  Record record;
  Knowledge knowledge;
  Running running;
  Installing installing;
  Calling calling;
  FrontDoor front_door;

 private:
  /// Back to the version before, if a new one crashes again and again.
  Task<void> roll_back(core::AgentId agent);
  core::AuditEvent event_of(std::string_view type) const;
  void spawn(Task<void> task, std::string_view what);
};

}  // namespace sovereign::opensentience
