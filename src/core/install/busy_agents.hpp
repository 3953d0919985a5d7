// One long operation on an agent at a time. Loop thread only.
#pragma once

#include <memory>
#include <unordered_set>
#include <utility>

#include "core/errors.hpp"
#include "core/ids.hpp"

namespace sovereign::core {

class BusyAgents {
 public:
  /// Keeps an agent to its holder; movable. May outlive the BusyAgents.
  class Hold {
   public:
    Hold(Hold&&) noexcept = default;
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (busy_) busy_->erase(agent_);
    }

   private:
    friend class BusyAgents;
    Hold(std::shared_ptr<std::unordered_set<AgentId>> busy, AgentId agent)
        : busy_(std::move(busy)), agent_(std::move(agent)) {}
    std::shared_ptr<std::unordered_set<AgentId>> busy_;
    AgentId agent_;
  };

  /// Errors: install_busy.
  Result<Hold> hold(const AgentId& agent) {
    if (!busy_->insert(agent).second) {
      return fail(CoreCode::install_busy,
                  "The agent is being installed, built or updated; wait for its end.");
    }
    return Hold(busy_, agent);
  }
  bool contains(const AgentId& agent) const { return busy_->contains(agent); }

 private:
  /// Shared with holds of operations that end after this object.
  std::shared_ptr<std::unordered_set<AgentId>> busy_ =
      std::make_shared<std::unordered_set<AgentId>>();
};

}  // namespace sovereign::core
