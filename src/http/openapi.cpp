#include "http/openapi.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <set>

#include "base/encoding.hpp"
#include "http/query.hpp"
#include "http/status.hpp"

namespace sovereign::http {
namespace {

using json::Array;
using json::Object;

Object problem_schema() {
  const Object text{{"type", "string"}};
  const Object field_error{
      {"type", "object"},
      {"required", Array{"pointer", "code", "message"}},
      {"properties", Object{{"pointer", text}, {"code", text}, {"message", text}}}};
  const Object envelope{
      {"type", "object"},
      {"description", "The same again, where clients of earlier registries look for it."},
      {"properties", Object{{"detail", text}, {"type", text}, {"code", text}, {"field", text}}}};
  return {{"type", "object"},
          {"description", "Problem details, RFC 9457."},
          {"required", Array{"type", "title", "status", "detail", "request_id"}},
          {"properties", Object{{"type", text},
                                {"title", text},
                                {"status", Object{{"type", "integer"}}},
                                {"detail", text},
                                {"instance", text},
                                {"request_id", text},
                                {"code", text},
                                {"errors", Object{{"type", "array"}, {"items", field_error}}},
                                {"error", envelope}}}};
}

Object security_schemes() {
  return {{"bearer", Object{{"type", "http"},
                            {"scheme", "bearer"},
                            {"description", "An access token, or an API key."}}},
          {"api_key", Object{{"type", "apiKey"}, {"in", "header"}, {"name", "X-Api-Key"}}}};
}

Array security_of(Access access) {
  const Object bearer{{"bearer", Array{}}};
  const Object api_key{{"api_key", Array{}}};
  switch (access) {
    case Access::anonymous: return {};
    case Access::optional: return {Object{}, bearer, api_key};
    case Access::agent: return {bearer};
    case Access::user:
    case Access::admin: return {bearer, api_key};
  }
  return {};
}

void add_path_parameters(Array& parameters, std::string_view path) {
  for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1)) {
    auto name = path.substr(open + 1, path.find('}', open) - open - 1);
    if (name.ends_with('*')) name.remove_suffix(1);
    Object schema{{"type", "string"}};
    if (name.ends_with("_id")) schema["format"] = "uuid";
    parameters.push_back(
        Object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", schema}});
  }
}

/// The properties of a query type become parameters; the type itself is no component.
void add_query_parameters(Array& parameters, const Route& route) {
  if (route.handler.query == nullptr) return;
  json::Components components;
  route.handler.query(components);
  const auto examples = parse_pairs(route.documentation.example_query).value_or(Pairs{});
  const auto& schema = components.schemas.begin()->value().as_object();
  for (const auto& property : schema.at("properties").as_object()) {
    Object rules = property.value().as_object();
    Object parameter{{"name", property.key()}, {"in", "query"}};
    if (const auto* description = rules.if_contains("description")) {
      parameter["description"] = *description;
      rules.erase("description");
    }
    const auto example =
        std::ranges::find(examples, std::string_view(property.key()),
                          [](const auto& pair) { return std::string_view(pair.first); });
    if (example != examples.end()) {
      const bool is_text = rules["type"] == "string" || rules["type"] == "array";
      parameter["example"] =
          is_text ? json::Value(example->second) : boost::json::parse(example->second);
      if (rules["type"] == "array") parameter["example"] = Array{json::Value(example->second)};
    }
    if (const auto* own = rules.if_contains("examples"); own != nullptr) rules.erase("examples");
    parameter["schema"] = std::move(rules);
    parameters.push_back(std::move(parameter));
  }
}

Object bytes_body() {
  const Object schema{{"type", "string"}, {"format", "binary"}};
  return {{"required", true},
          {"content", Object{{"application/octet-stream", Object{{"schema", schema}}}}}};
}

Object request_body(const Route& route, json::Components& components) {
  Object media{{"schema", route.handler.body(components)}};
  if (!route.documentation.example_body.empty()) {
    media["example"] = boost::json::parse(route.documentation.example_body);
  }
  Object content{{"application/json", media}};
  if (route.handler.body_is_form_too) {
    content["application/x-www-form-urlencoded"] = media;
    content["multipart/form-data"] = media;
  }
  return {{"required", !route.handler.body_is_optional}, {"content", std::move(content)}};
}

std::set<int> errors_of(const Route& route) {
  std::set<int> statuses(route.documentation.errors.begin(), route.documentation.errors.end());
  const bool is_open = route.access == Access::anonymous || route.access == Access::optional;
  if (route.access != Access::anonymous) statuses.insert(401);
  if (!is_open) statuses.insert(403);
  if (!route.limit.empty()) statuses.insert(429);
  if (route.handler.body != nullptr) statuses.insert({400, 413, 415, 422});
  if (route.streamed_body) statuses.insert({400, 408, 413});
  if (route.handler.query != nullptr) statuses.insert({400, 422});
  // What writes, or must know who asks, needs the database.
  if (route.method != Method::get || !is_open) statuses.insert(503);
  return statuses;
}

Object responses(const Route& route, json::Components& components) {
  Object answers;
  auto answered = route.documentation.unfavourable;
  answered.push_back(route.documentation.success);
  for (const int status : answered) {
    Object answer{{"description", reason_phrase(status)}};
    if (status != 204 && status != 101) {
      const Object schema =
          route.handler.answer != nullptr ? route.handler.answer(components) : Object{};
      answer["content"] = Object{{route.documentation.answer_type, Object{{"schema", schema}}}};
    }
    answers[std::to_string(status)] = std::move(answer);
  }
  for (const int status : errors_of(route)) {
    answers[std::to_string(status)] =
        Object{{"description", reason_phrase(status)},
               {"content",
                Object{{kProblemJson,
                        Object{{"schema", Object{{"$ref", "#/components/schemas/Problem"}}}}}}}};
  }
  return answers;
}

Object operation(const Route& route, json::Components& components) {
  const auto& documentation = route.documentation;
  Object operation{{"operationId", route.operation},
                   {"tags", Array{documentation.tag}},
                   {"summary", documentation.summary},
                   {"security", security_of(route.access)}};
  if (!documentation.description.empty()) operation["description"] = documentation.description;
  Array parameters;
  add_path_parameters(parameters, route.path);
  add_query_parameters(parameters, route);
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  if (route.handler.body != nullptr) operation["requestBody"] = request_body(route, components);
  if (route.streamed_body) operation["requestBody"] = bytes_body();
  operation["responses"] = responses(route, components);
  return operation;
}

/// OpenAPI knows no "{name*}".
std::string documented_path(std::string_view path) {
  std::string text(path);
  if (const auto star = text.find("*}"); star != std::string::npos) text.erase(star, 1);
  return text;
}

}  // namespace

Object openapi_document(const RouteTable& routes, const OpenApiInfo& info,
                        std::span<const OpenApiTag> tags) {
  json::Components components;
  components.schemas["Problem"] = problem_schema();
  Object paths;
  for (const Route& route : routes) {
    if (route.documentation.summary.empty()) continue;
    auto& path = paths[documented_path(route.path)];
    if (!path.is_object()) path.emplace_object();
    path.get_object()[base::to_lower_ascii(to_string(route.method))] = operation(route, components);
  }
  Array tag_list;
  for (const auto& tag : tags)
    tag_list.push_back(Object{{"name", tag.name}, {"description", tag.description}});
  return {
      {"openapi", "3.1.0"},
      {"info", Object{{"title", info.title},
                      {"version", info.version},
                      {"description", info.description},
                      {"license", Object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", Array{Object{{"url", "/"}, {"description", "This server"}}}},
      {"tags", std::move(tag_list)},
      {"paths", std::move(paths)},
      {"components", Object{{"schemas", std::move(components.schemas)},
                            {"securitySchemes", security_schemes()}}}};
}

}  // namespace sovereign::http
