// Makes a starter project of a template and what a developer said about the agent. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "registry/templates/archive.hpp"
#include "registry/templates/library.hpp"
#include "registry/templates/types.hpp"

namespace sovereign::registry {

/// "Weather!" -> "weather_agent": [a-z][a-z0-9_]*_agent, at most 64 characters. The suffix keeps it
/// from being a reserved word, or the name of a library.
std::string application_name(std::string_view name);

struct Project {
  std::string name;                ///< The application name; also the folder in the archive.
  std::vector<ArchiveFile> files;  ///< Below that folder.
};

/// `registry_url` is where the project's scripts publish. Error: `internal` for a broken template.
Result<Project> generate(const Template& source, const ProjectRequest& request,
                         std::string_view registry_url);

/// As the list of templates shows it.
TemplateView describe(const Template& source);

}  // namespace sovereign::registry
