#include "registry/templates/routes.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "registry/templates/generator.hpp"

namespace sovereign::registry {
namespace {

TemplateList all_templates() {
  TemplateList list;
  for (const auto& source : template_library()) list.templates.push_back(describe(source));
  list.total = static_cast<std::int64_t>(list.templates.size());
  return list;
}

}  // namespace

TemplateRoutes::TemplateRoutes(std::string registry_url)
    : registry_url_(std::move(registry_url)),
      list_(std::make_shared<const std::string>(json::to_text(all_templates()))),
      list_etag_('"' + base::to_hex(crypto::sha256(*list_)).substr(0, 32) + '"') {}

void TemplateRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/discovery/templates",
       .operation = "listTemplates",
       .handler = http::endpoint(this, &TemplateRoutes::list),
       .documentation = {
           .tag = "Discovery",
           .summary = "Starter projects for new agents",
           .description = "What can be generated, with the parameters that each template takes."}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/discovery/templates/{template}/generate",
       .operation = "generateProject",
       .handler = http::endpoint(this, &TemplateRoutes::generate_project),
       .documentation = {
           .tag = "Discovery",
           .summary = "Generate a starter project",
           .description =
               "A zip archive with one folder: a project that runs as it is. Every text is escaped "
               "for the language in which it lands. The same request gives the same bytes.",
           .errors = {404},
           .answer_type = "application/zip",
           .example_body =
               R"({"name":"Weather","description":"Tells the weather of tomorrow","tags":["weather"]})"}});
}

Result<http::Prepared<TemplateList>> TemplateRoutes::list(const http::Request&) {
  return http::Prepared<TemplateList>{{.body = http::SharedBytes{list_, *list_},
                                       .etag = list_etag_,
                                       .cache_control = "public, max-age=300"}};
}

Result<http::Response> TemplateRoutes::generate_project(const http::Request& request,
                                                        http::Json<ProjectRequest> body) {
  const auto found =
      std::ranges::find(template_library(), request.parameters.values[0], &Template::id);
  if (found == template_library().end()) {
    return base::fail(ErrorCode::not_found,
                      "There is no template with this id; GET /api/v1/discovery/templates lists "
                      "them.");
  }
  auto project = generate(*found, body.value, registry_url_);
  if (!project) return Failure(std::move(project.error()));
  for (auto& file : project->files) file.path.insert(0, project->name + "/");
  auto archive = make_zip(project->files);
  if (!archive) return Failure(std::move(archive.error()));
  http::Response response{.content_type = "application/zip", .body = std::move(*archive)};
  response.headers.push_back(
      {"Content-Disposition", "attachment; filename=\"" + project->name + ".zip\""});
  return response;
}

}  // namespace sovereign::registry
