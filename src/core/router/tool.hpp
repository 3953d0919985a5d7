// One tool as its agent declared it, ready to be called: schemas compiled, permissions named,
// metrics resolved.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/ids.hpp"
#include "core/router/limits.hpp"
#include "core/router/ports.hpp"
#include "json/json_schema.hpp"
#include "protocol/messages.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::core {

/// What an agent said of a tool, owned.
struct ToolDeclaration {
  ToolId id;
  std::string description;
  std::string input_schema;   ///< JSON text.
  std::string output_schema;  ///< JSON text; empty: none.
  bool streams = false;
  bool can_be_cancelled = false;
  bool has_side_effects = false;
  bool requires_directive = false;
  std::vector<std::string> tags;
  std::vector<std::string> required_permissions;
};

/// The handles of one tool's metrics.
struct ToolMetrics {
  telemetry::Counter* succeeded = nullptr;
  telemetry::Counter* failed = nullptr;
  telemetry::Counter* canceled = nullptr;
  telemetry::Histogram* duration = nullptr;
};

/// Immutable but for the remembered answer about permissions. Shared by the registry and the calls
/// under way: a registration that replaces it does not disturb them.
struct Tool {
  ToolDeclaration declaration;
  json::CompiledSchema input;
  std::optional<json::CompiledSchema> output;
  ToolMetrics metrics;
  base::Timestamp registered_at{};

  const ToolId& id() const { return declaration.id; }

  /// Whether `grant` covers all required permissions; worked out once for each grant.
  bool is_covered(const GrantToken& grant, const AgentFacts& facts) const;

 private:
  friend Result<std::shared_ptr<Tool>> compile_tool(ToolDeclaration, const CallLimits&);
  Tool(ToolDeclaration declared, json::CompiledSchema input_schema)
      : declaration(std::move(declared)), input(std::move(input_schema)) {}

  mutable GrantToken asked_;  // Kept, so that no other grant comes to have its address.
  mutable bool covered_ = false;
};

/// The declaration behind a message. nullopt when its id names no tool.
std::optional<ToolDeclaration> declaration_of(const protocol::Tool& tool);

/// Compiles the schemas. Errors by name: tool.invalid_input (input schema), tool.invalid_output
/// (output schema).
Result<std::shared_ptr<Tool>> compile_tool(ToolDeclaration declaration, const CallLimits& limits);

/// As JSON, as the HTTP API shows it; what the database remembers, too.
std::string to_json(const ToolDeclaration& declaration);
/// Reads what to_json() wrote; nullopt for anything else.
std::optional<ToolDeclaration> read_declaration(std::string_view text);

}  // namespace sovereign::core
