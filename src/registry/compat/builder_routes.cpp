#include "registry/compat/builder_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "registry/compat/card_routes.hpp"
#include "registry/templates/generator.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTemplate = "python-a2a";
constexpr std::string_view kEndpoint = "http://localhost:8001/a2a";

constexpr bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_builder_name(std::string_view text) {
  char before = '-';
  for (const char c : text) {
    const bool joins = c == '-' || c == '_';
    if (!is_word(c) && (!joins || !is_word(before))) return false;
    before = c;
  }
  return is_word(before);
}

Failure required_when(std::string_view member, std::string_view when) {
  const auto message = fmt::format("Value error, '{}' is required when {}.", member, when);
  auto failure = base::fail(ErrorCode::unprocessable, message);
  failure.error().fields.push_back({"/" + std::string(member), "value_error", message});
  return failure;
}

bool is_given(const std::optional<std::string>& text) { return text && !text->empty(); }

ProjectRequest project_of(const AgentBuildConfig& config, std::string publisher) {
  std::vector<std::string> tags{"agentvault", "generated"};
  if (config.agent_builder_type == BuilderType::simple_wrapper) {
    tags.emplace_back("wrapper");
    tags.emplace_back(json::name_of(*config.wrapper_llm_backend_type));
  } else {
    tags.emplace_back("adk");
  }
  ProjectRequest project{.name = config.agent_name};
  if (!config.agent_description.empty()) project.description = config.agent_description;
  project.endpoint = std::string(kEndpoint);
  project.publisher = std::move(publisher);
  project.tags = std::move(tags);
  return project;
}

}  // namespace

bool is_builder_id(std::string_view text) {
  const auto slash = text.find('/');
  return slash != text.npos && is_builder_name(text.substr(0, slash)) &&
         is_builder_name(text.substr(slash + 1));
}

Result<void> check_build_config(const AgentBuildConfig& config) {
  if (config.agent_builder_type == BuilderType::simple_wrapper) {
    constexpr std::string_view kWhen = "agent_builder_type is 'simple_wrapper'";
    if (!config.wrapper_llm_backend_type) return required_when("wrapper_llm_backend_type", kWhen);
    if (!is_given(config.wrapper_model_name)) return required_when("wrapper_model_name", kWhen);
  } else {
    constexpr std::string_view kWhen = "agent_builder_type is 'adk_agent'";
    if (!is_given(config.adk_model_name)) return required_when("adk_model_name", kWhen);
    if (!is_given(config.adk_instruction)) return required_when("adk_instruction", kWhen);
  }
  if (config.wrapper_auth_type == BuilderAuth::api_key && !is_given(config.wrapper_service_id)) {
    return required_when("wrapper_service_id", "wrapper_auth_type is 'apiKey'");
  }
  return {};
}

void BuilderRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agent-builder/generate",
       .operation = "buildAgent",
       .access = http::Access::user,
       .handler = http::endpoint(this, &BuilderRoutes::generate_agent),
       .documentation = {
           .tag = kCompatibilityTag,
           .summary = "Generate a starter project",
           .description = "The project of the template python-a2a; the request is in it as "
                          "agent-build-config.json.",
           .answer_type = "application/zip",
           .example_body =
               R"({"agent_name":"Weather","agent_description":"Tells the weather",)"
               R"("agent_builder_type":"simple_wrapper","wrapper_llm_backend_type":"openai_api",)"
               R"("wrapper_model_name":"a-model"})"}});
}

Task<http::Response> BuilderRoutes::generate_agent(const http::Request& request,
                                                   http::Json<AgentBuildConfig> body) {
  if (auto sound = check_build_config(body.value); !sound) {
    co_return Failure(std::move(sound.error()));
  }
  auto asking = accounts_.developer(UserId{request.principal->subject});
  auto developer = co_await std::move(asking);
  if (!developer) co_return Failure(std::move(developer.error()));
  const auto& source = *std::ranges::find(template_library(), kTemplate, &Template::id);
  auto project =
      generate(source, project_of(body.value, std::move(developer->username)), registry_url_);
  if (!project) co_return Failure(std::move(project.error()));
  project->files.push_back({"agent-build-config.json", json::to_text(body.value) + "\n", false});
  for (auto& file : project->files) file.path.insert(0, project->name + "/");
  auto archive = make_zip(project->files);
  if (!archive) co_return Failure(std::move(archive.error()));
  http::Response response{.content_type = "application/zip", .body = std::move(*archive)};
  response.headers.push_back(
      {"Content-Disposition", "attachment; filename=\"" + project->name + ".zip\""});
  co_return response;
}

}  // namespace sovereign::registry
