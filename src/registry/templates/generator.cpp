#include "registry/templates/generator.hpp"

#include <algorithm>
#include <set>

#include "base/encoding.hpp"
#include "registry/templates/render.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kMaxSlug = 58;      ///< With "_agent", 64: what file systems and PyPI carry.
constexpr std::size_t kMaxSummary = 500;  ///< Bytes of a one-line description in pyproject.toml.

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

/// "weather_agent" -> "WeatherAgent".
std::string module_name(std::string_view application) {
  std::string out;
  bool capital = true;
  for (const char c : application) {
    if (c == '_') {
      capital = true;
      continue;
    }
    out += capital && is_letter(c) ? static_cast<char>(c - 'a' + 'A') : c;
    capital = false;
  }
  return out;
}

/// The first line, cut at a character.
std::string summary_of(std::string_view description) {
  auto line = base::trim_ascii(description.substr(0, description.find_first_of("\r\n")));
  if (line.size() <= kMaxSummary) return std::string(line);
  line = line.substr(0, kMaxSummary);
  while (!line.empty() && !base::is_utf8(line)) line.remove_suffix(1);
  return std::string(line);
}

TemplateValues values_of(const ProjectRequest& request, std::string_view registry_url) {
  const auto app = application_name(request.name);
  auto dashed = app;
  std::ranges::replace(dashed, '_', '-');
  const auto description = request.description.value_or(request.name);
  return {{"name", request.name},
          {"description", description},
          {"summary", summary_of(description)},
          {"version", request.version.value_or("0.1.0")},
          {"agent_id", request.agent_id.value_or("com.example." + app)},
          {"endpoint", request.endpoint.value_or("http://localhost:8000/")},
          {"publisher", request.publisher.value_or("Unknown")},
          {"repository_url", request.repository_url.value_or("https://example.com/" + dashed)},
          {"tags", request.tags.value_or(std::vector<std::string>{})},
          {"registry_url", std::string(registry_url)},
          {"app", app},
          {"package", dashed},
          {"module", module_name(app)}};
}

/// "lib/{{app|word}}.ex" as the list shows it: "lib/{app}.ex".
std::string shown_path(std::string_view path) {
  constexpr std::string_view kPlaceholder = "{{app|word}}";
  std::string shown(path);
  if (const auto at = shown.find(kPlaceholder); at != shown.npos) {
    shown.replace(at, kPlaceholder.size(), "{app}");
  }
  return shown;
}

/// The members of ProjectRequest that `names`, asked for by a template, come from.
bool comes_from(std::string_view member, const std::set<std::string, std::less<>>& names) {
  return member == "name" || names.contains(member) ||
         (member == "description" && names.contains("summary"));
}

}  // namespace

std::string application_name(std::string_view name) {
  std::string slug;
  for (const char c : base::to_lower_ascii(name)) {
    const bool is_plain = is_letter(c) || (c >= '0' && c <= '9' && !slug.empty());
    if (is_plain) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '_') {
      slug += '_';
    }
    if (slug.size() == kMaxSlug) break;
  }
  while (slug.ends_with('_')) slug.pop_back();
  if (slug.ends_with("_agent")) return slug;
  return slug.empty() || slug == "agent" ? "my_agent" : slug + "_agent";
}

Result<Project> generate(const Template& source, const ProjectRequest& request,
                         std::string_view registry_url) {
  const auto values = values_of(request, registry_url);
  Project project{.name = application_name(request.name)};
  for (const auto& file : source.files) {
    auto path = render(file.path, values);
    if (!path) return Failure(std::move(path.error()));
    auto content = render(file.text, values);
    if (!content) return Failure(std::move(content.error()));
    project.files.push_back({std::move(*path), std::move(*content), file.is_executable});
  }
  return project;
}

TemplateView describe(const Template& source) {
  TemplateView view{.id = std::string(source.id),
                    .name = std::string(source.name),
                    .description = std::string(source.description),
                    .language = std::string(source.language)};
  std::set<std::string, std::less<>> names;
  for (const auto& file : source.files) {
    view.files.push_back(shown_path(file.path));
    for (auto& name : placeholder_names(file.text)) names.insert(std::move(name));
  }
  json::for_each_field<ProjectRequest>([&]<typename M>(const json::Field<ProjectRequest, M>& f) {
    if (!comes_from(f.name, names)) return;
    auto& parameter = view.parameters.emplace_back();
    parameter.name = f.name;
    parameter.description = f.options.description;
    parameter.required = json::is_required(f);
    parameter.min_length = static_cast<std::int64_t>(f.options.min_length);
    parameter.max_length = static_cast<std::int64_t>(f.options.max_length);
    if constexpr (std::same_as<M, std::optional<std::vector<std::string>>>) {
      parameter.max_items = static_cast<std::int64_t>(f.options.max_items);
    }
    if (f.options.rule != nullptr && !f.options.rule->pattern.empty()) {
      parameter.pattern = f.options.rule->pattern;
    }
  });
  return view;
}

}  // namespace sovereign::registry
