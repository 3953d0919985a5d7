// Of the router: what agents register, and their comings and goings.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

#include "core/errors.hpp"
#include "core/router/router.hpp"
#include "core/router/tool_store.hpp"

namespace sovereign::core {
namespace {

protocol::ProtocolError reject(const Error& error) {
  return {.code = std::string(error.name), .message = error.detail, .retryable = false};
}

protocol::ProtocolError reject(CoreCode code, std::string message) {
  return {.code = std::string(to_string(code)), .message = std::move(message), .retryable = false};
}

}  // namespace

Result<void> Router::load() {
  const auto loaded = load_tools(
      parts_.database, [this](ToolDeclaration declaration, base::Timestamp registered_at) {
        registry_.remember(std::move(declaration), registered_at);
      });
  if (!loaded) return loaded;
  return confirmations_.load();
}

std::vector<ToolVerdict> Router::register_tools(AgentSession& session,
                                                std::span<const protocol::Tool> tools,
                                                Registration mode) {
  if (mode == Registration::replace) registry_.clear(session.agent());
  std::vector<ToolVerdict> verdicts;
  verdicts.reserve(tools.size());
  for (const auto& tool : tools) verdicts.push_back(register_tool(session.agent(), tool));
  return verdicts;
}

ToolVerdict Router::register_tool(const AgentId& agent, const protocol::Tool& tool) {
  auto declaration = declaration_of(tool);
  if (!declaration || declaration->id.agent() != agent) {
    return reject(CoreCode::protocol_bad_envelope,
                  "A tool is named under the id of its agent: <agent_id>/<name>.");
  }
  if (registry_.find(declaration->id.text()) != nullptr) {
    return reject(CoreCode::tool_failed, "The agent has a tool of this name already.");
  }
  if (registry_.count(agent) >= limits_.tools_per_agent) {
    return reject(CoreCode::limit_inflight, "The agent has as many tools as it may have.");
  }
  auto compiled = compile_tool(std::move(*declaration), limits_);
  if (!compiled) return reject(compiled.error());
  (*compiled)->registered_at = parts_.clock.now();
  const auto grant = parts_.facts.grant(agent);
  const bool needs_some = !(*compiled)->declaration.required_permissions.empty();
  if (needs_some && (grant == nullptr || !(*compiled)->is_covered(grant, parts_.facts))) {
    return reject(CoreCode::permission_not_approved,
                  "The tool needs permissions that its agent was not given.");
  }
  (*compiled)->metrics = registry_.metrics_of((*compiled)->id());
  registry_.add(std::move(*compiled));
  return std::nullopt;
}

std::vector<bool> Router::unregister_tools(AgentSession& session,
                                           std::span<const std::string_view> tools) {
  std::vector<bool> removed;
  for (const std::string_view text : tools) {
    const auto id = ToolId::parse(text);
    removed.push_back(id && id->agent() == session.agent() && registry_.remove(*id));
  }
  return removed;
}

void Router::connected(AgentSession& session) {
  registry_.retire(session.agent());
  gate_.refresh_limits(session.agent());
}

void Router::ready(AgentSession& session) {
  registry_.forget_remembered(session.agent());
  tools_changed(session);
  retry_waiting(session.agent());
}

void Router::tools_changed(AgentSession& session) {
  const AgentId& agent = session.agent();
  boost::asio::co_spawn(executor_,
                        write_tools(parts_.database, replace_tools(agent, registry_.list(agent))),
                        boost::asio::detached);
  parts_.events.publish("tools.changed", agent.text(),
                        {{"agent_id", agent.text()}, {"tools", registry_.count(agent)}});
}

void Router::health_changed(AgentSession& session, Health health) {
  if (health != Health::unhealthy) retry_waiting(session.agent());
}

void Router::disconnected(const Disconnected& event) {
  registry_.retire(event.agent);
  parts_.events.publish("tools.changed", event.agent.text(),
                        {{"agent_id", event.agent.text()}, {"tools", 0}});
}

}  // namespace sovereign::core
