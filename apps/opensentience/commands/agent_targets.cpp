#include "commands/agent_targets.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "cli/terminal.hpp"
#include "cli/view.hpp"

namespace sovereign::opensentience {

std::string agent_target(std::string_view id, std::string_view action) {
  return fmt::format("/api/v1/agents/{}{}", base::percent_encode(id), action);
}

std::string tool_target(std::string_view tool_id, std::string_view action) {
  const auto slash = std::min(tool_id.find('/'), tool_id.size());
  const auto name = tool_id.substr(std::min(slash + 1, tool_id.size()));
  return fmt::format("/api/v1/tools/{}/{}{}", base::percent_encode(tool_id.substr(0, slash)),
                     base::percent_encode(name), action);
}

int print_tools(Session& session, const json::Value& answer) {
  if (session.printed_as_json(answer)) return kDone;
  TextTable table({"TOOL", "CAN", "DESCRIPTION"});
  for (const auto& tool : View(answer)["tools"].items()) {
    auto abilities = tool["capabilities"].joined();
    if (tool["side_effects"].flag()) abilities += abilities.empty() ? "changes" : ", changes";
    if (!tool["available"].flag()) abilities += abilities.empty() ? "away" : ", away";
    table.add({tool["tool_id"].text(), abilities, tool["description"].text()});
  }
  if (table.empty()) {
    fmt::print("No tools: an agent registers them when it runs.\n");
  } else {
    fmt::print("{}", table.text(terminal_width()));
  }
  return kDone;
}

}  // namespace sovereign::opensentience
