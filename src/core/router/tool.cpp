#include "core/router/tool.hpp"

#include <algorithm>

#include "core/errors.hpp"
#include "json/write.hpp"
#include "protocol/tables.hpp"

namespace sovereign::core {
namespace {

bool lists(const std::optional<std::vector<std::string_view>>& names, std::string_view name) {
  return names && std::ranges::find(*names, name) != names->end();
}

std::vector<std::string> own(const std::optional<std::vector<std::string_view>>& texts) {
  return texts ? std::vector<std::string>(texts->begin(), texts->end())
               : std::vector<std::string>{};
}

/// An object of a received message or one prepared as text, as text.
std::string text_of(const protocol::ObjectRef& object) {
  std::string text;
  protocol::write(text, object);
  return text;
}

/// The same error under the name that says which schema it is about.
Failure name_schema(Error error, CoreCode code, std::string_view which) {
  std::string detail = std::string(which) + ": ";
  if (error.fields.empty()) {
    detail += error.detail;
  } else {
    detail += error.fields.front().pointer + ": " + error.fields.front().message;
  }
  return fail(code, std::move(detail));
}

Result<json::CompiledSchema> compile(const std::string& text, const CallLimits& limits) {
  const auto schema = json::parse(text);
  if (!schema) return Failure(schema.error());
  return json::compile_schema(*schema, {.depth = limits.schema_depth});
}

void write_texts(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  out += ",\"";
  out += name;
  out += "\":";
  json::write(out, texts);
}

std::string text_at(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

bool flag_at(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::vector<std::string> texts_at(const json::Object& object, std::string_view name) {
  std::vector<std::string> texts;
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return texts;
  for (const auto& item : value->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string().data(), item.get_string().size());
  }
  return texts;
}

}  // namespace

bool Tool::is_covered(const GrantToken& grant, const AgentFacts& facts) const {
  if (asked_ != grant) {
    covered_ = std::ranges::all_of(
        declaration.required_permissions,
        [&](const std::string& permission) { return facts.covers(grant, permission); });
    asked_ = grant;
  }
  return covered_;
}

std::optional<ToolDeclaration> declaration_of(const protocol::Tool& tool) {
  auto id = ToolId::parse(tool.tool_id);
  if (!id) return std::nullopt;
  ToolDeclaration declaration{.id = std::move(*id)};
  declaration.description = tool.description;
  declaration.input_schema = text_of(tool.input_schema);
  if (tool.output_schema) declaration.output_schema = text_of(*tool.output_schema);
  declaration.streams = lists(tool.capabilities, "streaming");
  declaration.can_be_cancelled = lists(tool.capabilities, "cancellation");
  declaration.has_side_effects = tool.side_effects.value_or(false);
  declaration.requires_directive = tool.requires_directive.value_or(false);
  declaration.tags = own(tool.tags);
  declaration.required_permissions = own(tool.required_permissions);
  return declaration;
}

Result<std::shared_ptr<Tool>> compile_tool(ToolDeclaration declaration, const CallLimits& limits) {
  auto input = compile(declaration.input_schema, limits);
  if (!input) return name_schema(input.error(), CoreCode::tool_invalid_input, "input_schema");
  std::optional<json::CompiledSchema> output;
  if (!declaration.output_schema.empty()) {
    auto compiled = compile(declaration.output_schema, limits);
    if (!compiled) {
      return name_schema(compiled.error(), CoreCode::tool_invalid_output, "output_schema");
    }
    output = std::move(*compiled);
  }
  std::shared_ptr<Tool> tool(new Tool(std::move(declaration), std::move(*input)));
  tool->output = std::move(output);
  return tool;
}

std::string to_json(const ToolDeclaration& declaration) {
  std::string out = "{\"tool_id\":";
  json::write_string(out, declaration.id.text());
  out += ",\"agent_id\":";
  json::write_string(out, declaration.id.agent().text());
  out += ",\"name\":";
  json::write_string(out, declaration.id.name());
  out += ",\"description\":";
  json::write_string(out, declaration.description);
  out += ",\"input_schema\":" + declaration.input_schema;
  if (!declaration.output_schema.empty()) out += ",\"output_schema\":" + declaration.output_schema;
  std::vector<std::string> capabilities;
  if (declaration.streams) capabilities.emplace_back("streaming");
  if (declaration.can_be_cancelled) capabilities.emplace_back("cancellation");
  write_texts(out, "capabilities", capabilities);
  out += ",\"side_effects\":";
  json::write(out, declaration.has_side_effects);
  out += ",\"requires_directive\":";
  json::write(out, declaration.requires_directive);
  write_texts(out, "tags", declaration.tags);
  write_texts(out, "required_permissions", declaration.required_permissions);
  out += '}';
  return out;
}

std::optional<ToolDeclaration> read_declaration(std::string_view text) {
  const auto document = json::parse(text);
  if (!document || !document->is_object()) return std::nullopt;
  const auto& object = document->get_object();
  auto id = ToolId::parse(text_at(object, "tool_id"));
  const auto input = json::raw_member(text, "input_schema");
  if (!id || !input) return std::nullopt;
  ToolDeclaration declaration{.id = std::move(*id)};
  declaration.description = text_at(object, "description");
  declaration.input_schema = *input;
  declaration.output_schema = json::raw_member(text, "output_schema").value_or("");
  const auto capabilities = texts_at(object, "capabilities");
  declaration.streams = std::ranges::find(capabilities, "streaming") != capabilities.end();
  declaration.can_be_cancelled =
      std::ranges::find(capabilities, "cancellation") != capabilities.end();
  declaration.has_side_effects = flag_at(object, "side_effects");
  declaration.requires_directive = flag_at(object, "requires_directive");
  declaration.tags = texts_at(object, "tags");
  declaration.required_permissions = texts_at(object, "required_permissions");
  return declaration;
}

}  // namespace sovereign::core
