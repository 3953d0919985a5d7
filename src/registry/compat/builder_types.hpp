// What older clients ask the agent builder for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/error.hpp"
#include "json/table.hpp"
#include "registry/agents/field_rules.hpp"
#include "registry/templates/types.hpp"

namespace sovereign::registry {

enum class BuilderType : std::uint8_t { simple_wrapper, adk_agent };
enum class BuilderBackend : std::uint8_t { openai_api, anthropic_api, local_openai_compatible };
enum class BuilderTool : std::uint8_t { get_current_time, google_search };
enum class BuilderAuth : std::uint8_t { none, api_key };

struct AgentBuildConfig {
  std::string agent_name;
  std::string agent_description;
  std::optional<std::string> human_readable_id;
  BuilderType agent_builder_type = BuilderType::simple_wrapper;
  std::optional<BuilderBackend> wrapper_llm_backend_type;
  std::optional<std::string> wrapper_model_name;
  std::optional<std::string> wrapper_system_prompt;
  std::optional<std::string> adk_model_name;
  std::optional<std::string> adk_instruction;
  std::optional<std::vector<BuilderTool>> adk_tools;
  BuilderAuth wrapper_auth_type = BuilderAuth::none;
  std::optional<std::string> wrapper_service_id;
};

/// "owner/name" in lower case: words of letters and digits, joined by single hyphens and
/// underscores.
bool is_builder_id(std::string_view text);

inline constexpr json::Rule kBuilderIdRule{
    .code = "pattern",
    .message = "This must be owner/name in lower case, words joined by single - or _.",
    .accepts = &is_builder_id,
    .pattern = "^[a-z0-9]+(?:[-_][a-z0-9]+)*\\/[a-z0-9]+(?:[-_][a-z0-9]+)*$"};

/// What the members ask of each other. Error: `unprocessable`.
Result<void> check_build_config(const AgentBuildConfig& config);

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Names<registry::BuilderType> {
  using enum registry::BuilderType;
  static constexpr std::array values = {EnumName{simple_wrapper, "simple_wrapper"},
                                        EnumName{adk_agent, "adk_agent"}};
};

template <>
struct Names<registry::BuilderBackend> {
  using enum registry::BuilderBackend;
  static constexpr std::array values = {
      EnumName{openai_api, "openai_api"}, EnumName{anthropic_api, "anthropic_api"},
      EnumName{local_openai_compatible, "local_openai_compatible"}};
};

template <>
struct Names<registry::BuilderTool> {
  using enum registry::BuilderTool;
  static constexpr std::array values = {EnumName{get_current_time, "get_current_time"},
                                        EnumName{google_search, "google_search"}};
};

template <>
struct Names<registry::BuilderAuth> {
  using enum registry::BuilderAuth;
  static constexpr std::array values = {EnumName{none, "none"}, EnumName{api_key, "apiKey"}};
};

template <>
struct Table<registry::AgentBuildConfig> {
  using T = registry::AgentBuildConfig;
  static constexpr std::string_view name = "AgentBuildConfig";
  static constexpr Members members = Members::open;
  static constexpr FieldOptions kModel{.max_length = 200};
  static constexpr FieldOptions kPrompt{.max_length = 16384};
  static constexpr auto fields =
      std::tuple{field("agent_name", &T::agent_name,
                       {.example = R"("Weather")",
                        .min_length = 3,
                        .max_length = 100,
                        .rule = &registry::kPlainText}),
                 field("agent_description", &T::agent_description,
                       {.max_length = 500, .rule = &registry::kProseRule}),
                 field("human_readable_id", &T::human_readable_id,
                       {.max_length = 255, .rule = &registry::kBuilderIdRule}),
                 field("agent_builder_type", &T::agent_builder_type),
                 field("wrapper_llm_backend_type", &T::wrapper_llm_backend_type),
                 field("wrapper_model_name", &T::wrapper_model_name, kModel),
                 field("wrapper_system_prompt", &T::wrapper_system_prompt, kPrompt),
                 field("adk_model_name", &T::adk_model_name, kModel),
                 field("adk_instruction", &T::adk_instruction, kPrompt),
                 field("adk_tools", &T::adk_tools, {.max_items = 10}),
                 field("wrapper_auth_type", &T::wrapper_auth_type, {.optional = true}),
                 field("wrapper_service_id", &T::wrapper_service_id, {.max_length = 200})};
};

}  // namespace sovereign::json
