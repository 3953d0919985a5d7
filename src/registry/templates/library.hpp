// The starter projects of this program: their files, embedded from templates/files/.
#pragma once

#include <span>
#include <string_view>

namespace sovereign::registry {

struct TemplateFile {
  std::string_view path;  ///< In the project; itself a template ({{app|word}}).
  std::string_view text;  ///< See render.hpp.
  bool is_executable = false;
};

struct Template {
  std::string_view id;
  std::string_view name;
  std::string_view description;
  std::string_view language;
  std::span<const TemplateFile> files;
};

std::span<const Template> template_library();

}  // namespace sovereign::registry
