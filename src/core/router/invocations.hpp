// Agents that call other agents' tools through the Core (the protocol's extension `invoke`): the
// same way to a tool as everybody's, on the calling agent's own permission.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/connections/interfaces.hpp"
#include "core/router/router.hpp"

namespace sovereign::core {

class Invocations final : public ToolCaller, public ConnectionObserver {
 public:
  /// `router` must outlive it.
  explicit Invocations(Router& router);
  ~Invocations() override;

  // ToolCaller
  void invoke(AgentSession& caller, const AgentCall& call) override;
  void cancel_invoked(AgentSession& caller, std::string_view call_id) override;

  // ConnectionObserver: a caller that is gone wants no answer.
  void ready(AgentSession&) override {}
  void tools_changed(AgentSession&) override {}
  void health_changed(AgentSession&, Health) override {}
  void disconnected(const Disconnected& event) override;

 private:
  class Invocation;
  using Key = std::pair<SessionId, std::string>;  // The caller's session and its own call id.

  void end(Invocation& invocation, const CallEnd& end);

  Router& router_;
  std::map<Key, std::unique_ptr<Invocation>> invocations_;
};

}  // namespace sovereign::core
