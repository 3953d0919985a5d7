// Starter projects as clients see them: what there is, and what a project is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/table.hpp"
#include "registry/agents/field_rules.hpp"

namespace sovereign::registry {

/// MAJOR.MINOR.PATCH, each without leading zeros and at most nine digits.
bool is_version(std::string_view text);
/// A reverse-DNS id, as the manifest of OpenSentience wants: lower case, at least one dot.
bool is_reverse_dns(std::string_view text);
/// Text without control characters but line breaks and tabs.
bool is_prose(std::string_view text);

inline constexpr json::Rule kVersionRule{
    .code = "pattern",
    .message = "This must be a version such as 1.0.0.",
    .accepts = &is_version,
    .pattern = "^(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})$"};
inline constexpr json::Rule kReverseDnsRule{
    .code = "pattern",
    .message = "This must be a reverse domain name in lower case, such as com.example.weather.",
    .accepts = &is_reverse_dns,
    .pattern = "^[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)+$"};
inline constexpr json::Rule kProseRule{
    .code = "characters",
    .message = "This must not hold control characters other than line breaks and tabs.",
    .accepts = &is_prose};

/// What a starter project is filled in with.
struct ProjectRequest {
  std::string name;
  std::optional<std::string> description;
  std::optional<std::string> version;
  std::optional<std::string> agent_id;
  std::optional<std::string> endpoint;
  std::optional<std::string> publisher;
  std::optional<std::string> repository_url;
  std::optional<std::vector<std::string>> tags;
};

/// One member of ProjectRequest that a template uses, with its bounds.
struct TemplateParameter {
  std::string name;
  std::string description;
  bool required = false;
  std::int64_t min_length = 0;
  std::int64_t max_length = 0;  ///< Code points; of each item, in a list.
  std::optional<std::int64_t> max_items;
  std::optional<std::string> pattern;
};

struct TemplateView {
  std::string id;
  std::string name;
  std::string description;
  std::string language;
  std::vector<std::string> files;
  std::vector<TemplateParameter> parameters;
};

struct TemplateList {
  std::vector<TemplateView> templates;
  std::int64_t total = 0;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::ProjectRequest> {
  using T = sovereign::registry::ProjectRequest;
  static constexpr std::string_view name = "ProjectRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("name", &T::name,
            {.description = "What people call the agent; names of modules and folders are made "
                            "from it.",
             .example = R"("Weather")",
             .min_length = 1,
             .max_length = 100,
             .rule = &registry::kPlainText}),
      field("description", &T::description,
            {.description = "What the agent does. Left out: its name.",
             .example = R"("Tells the weather of tomorrow")",
             .min_length = 1,
             .max_length = 2000,
             .rule = &registry::kProseRule}),
      field("version", &T::version,
            {.description = "Left out: 0.1.0.",
             .example = R"("0.1.0")",
             .max_length = 32,
             .rule = &registry::kVersionRule}),
      field("agent_id", &T::agent_id,
            {.description = "Id in the manifest. Left out: com.example. and the name.",
             .example = R"("org.example.weather")",
             .max_length = 128,
             .rule = &registry::kReverseDnsRule}),
      field("endpoint", &T::endpoint,
            {.description = "Where the agent is called. Left out: http://localhost:8000/.",
             .example = R"("https://weather.example.org/a2a")",
             .max_length = registry::kMaxUrl,
             .rule = &registry::kHttpUrl}),
      field("publisher", &T::publisher,
            {.description = "Person or organisation behind it. Left out: Unknown.",
             .example = R"("Example Org")",
             .min_length = 1,
             .max_length = 200,
             .rule = &registry::kPlainText}),
      field("repository_url", &T::repository_url,
            {.description = "Where its source is. Left out: a place under https://example.com/.",
             .example = R"("https://git.example.org/weather")",
             .max_length = registry::kMaxUrl,
             .rule = &registry::kHttpUrl}),
      field("tags", &T::tags,
            {.description = "Words to find it by.",
             .example = R"(["weather"])",
             .min_length = 1,
             .max_length = 50,
             .max_items = 20,
             .rule = &registry::kPlainText}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::TemplateParameter> {
  using T = sovereign::registry::TemplateParameter;
  static constexpr std::string_view name = "TemplateParameter";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("name", &T::name, {.example = R"("version")"}),
      field("description", &T::description),
      field("required", &T::required),
      field("min_length", &T::min_length, {.description = "In characters."}),
      field("max_length", &T::max_length, {.description = "In characters; of a list, each item."}),
      field("max_items", &T::max_items, {.description = "Of a list."}),
      field("pattern", &T::pattern, {.description = "Regular expression (ECMA-262)."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::TemplateView> {
  using T = sovereign::registry::TemplateView;
  static constexpr std::string_view name = "Template";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id, {.example = R"("python-a2a")"}),
      field("name", &T::name),
      field("description", &T::description),
      field("language", &T::language, {.example = R"("python")"}),
      field("files", &T::files,
            {.description = "Paths in the project; {app} stands for the name made from `name`."}),
      field("parameters", &T::parameters, {.description = "Members of the generate request."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::registry::TemplateList> {
  using T = sovereign::registry::TemplateList;
  static constexpr std::string_view name = "TemplateList";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("templates", &T::templates),
      field("total", &T::total),
  };
};
