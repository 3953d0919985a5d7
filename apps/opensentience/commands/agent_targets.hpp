// Paths and output that several commands about agents share.
#pragma once

#include <string>
#include <string_view>

#include "cli/session.hpp"

namespace sovereign::opensentience {

/// "/api/v1/agents/com.example.hello/run"
std::string agent_target(std::string_view id, std::string_view action = {});

/// "/api/v1/tools/com.example.hello/greet/call"
std::string tool_target(std::string_view tool_id, std::string_view action = {});

/// A list of tools.
int print_tools(Session& session, const json::Value& answer);

}  // namespace sovereign::opensentience
