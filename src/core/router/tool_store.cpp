#include "core/router/tool_store.hpp"

namespace sovereign::core {
namespace {

constexpr sql::Statement kDelete{"tools.delete_agent", "DELETE FROM tools WHERE agent_id = $1"};
constexpr sql::Statement kInsert{
    "tools.insert",
    "INSERT INTO tools (tool_id, agent_id, description, declaration, registered_at) "
    "VALUES ($1, $2, $3, $4, $5)"};
constexpr sql::Statement kScan{"tools.scan", "SELECT declaration, registered_at FROM tools"};

}  // namespace

Result<void> load_tools(sql::Database& database,
                        const std::function<void(ToolDeclaration, base::Timestamp)>& visit) {
  return database.scan({kScan, {}}, [&](std::span<const sql::Value> row) {
    if (auto declaration = read_declaration(sql::text(row[0]))) {
      visit(std::move(*declaration),
            base::Timestamp{std::chrono::microseconds{sql::integer(row[1])}});
    }
    return true;
  });
}

sql::Write replace_tools(const AgentId& agent, const std::vector<ListedTool>& tools) {
  sql::Write write;
  write.calls.push_back({kDelete, {agent.text()}});
  for (const auto& tool : tools) {
    write.calls.push_back(
        {kInsert,
         {tool.declaration->id.text(), agent.text(), tool.declaration->description,
          to_json(*tool.declaration), tool.registered_at.time_since_epoch().count()}});
  }
  return write;
}

Task<void> write_tools(sql::Database& database, sql::Write write) {
  const auto written = co_await database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

}  // namespace sovereign::core
