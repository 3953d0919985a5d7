// Patterns as words for people.
#include <fmt/format.h>

#include <string>

#include "core/permissions/permission_table.hpp"

namespace sovereign::core {
namespace {

std::string path_words(std::string_view pattern) {
  if (pattern == "/**") return "every file on this computer";
  if (pattern == "~/**") return "every file in your home folder";
  const auto has_globs = [](std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
  };
  if (pattern.ends_with("/**")) {
    const auto folder = pattern.substr(0, pattern.size() - 3);
    if (!has_globs(folder)) return fmt::format("everything in {} and the folders in it", folder);
  }
  if (pattern.ends_with("/*")) {
    const auto folder = pattern.substr(0, pattern.size() - 2);
    if (!has_globs(folder)) return fmt::format("what lies directly in {}/", folder);
  }
  if (has_globs(pattern)) return fmt::format("files that match {}", pattern);
  return std::string(pattern);
}

std::string host_words(std::string_view pattern) {
  if (pattern == "*") return "any host";
  if (pattern.starts_with("*.")) return fmt::format("any host below {}", pattern.substr(2));
  if (is_network_tag(pattern)) return fmt::format("the hosts that you listed as \"{}\"", pattern);
  return std::string(pattern);
}

std::string connect_words(std::string_view pattern) {
  const auto target = pattern.substr(std::string_view("connect:").size());
  const auto colon = target.rfind(':');
  const auto port = target.substr(colon + 1);
  const auto host = host_words(target.substr(0, colon));
  return port == "*" ? fmt::format("any port of {}", host)
                     : fmt::format("port {} of {}", port, host);
}

std::string variable_words(std::string_view pattern) {
  if (pattern == "*") return "all environment variables";
  if (pattern.ends_with('*')) {
    return fmt::format("environment variables whose names begin with {}",
                       pattern.substr(0, pattern.size() - 1));
  }
  return fmt::format("the environment variable {}", pattern);
}

std::string tool_words(std::string_view pattern) {
  const auto slash = pattern.find('/');
  const auto agent = pattern.substr(0, slash);
  const auto tool = slash == std::string_view::npos ? "*" : pattern.substr(slash + 1);
  if (agent == "*") {
    return tool == "*" ? "every tool of every agent"
                       : fmt::format("the tool {} of any agent", tool);
  }
  return tool == "*" ? fmt::format("every tool of {}", agent)
                     : fmt::format("the tool {} of {}", tool, agent);
}

std::string topic_words(std::string_view pattern) {
  if (pattern == "*") return "events of every kind";
  return fmt::format("events {} {}", pattern.contains('*') ? "that match" : "named", pattern);
}

std::string scope_words(std::string_view pattern) {
  if (pattern == "*") return "everything";
  if (pattern.ends_with(":*")) {
    return fmt::format("everything of {}", pattern.substr(0, pattern.size() - 2));
  }
  return std::string(pattern);
}

}  // namespace

std::string describe_pattern(PatternKind kind, std::string_view pattern) {
  switch (kind) {
    case PatternKind::none:
    case PatternKind::fixed: return {};
    case PatternKind::path: return path_words(pattern);
    case PatternKind::program:
      return pattern.contains('/') ? path_words(pattern) : fmt::format("the program {}", pattern);
    case PatternKind::host: return host_words(pattern);
    case PatternKind::connect: return connect_words(pattern);
    case PatternKind::variable: return variable_words(pattern);
    case PatternKind::tool: return tool_words(pattern);
    case PatternKind::topic: return topic_words(pattern);
    case PatternKind::scope: return scope_words(pattern);
    case PatternKind::process:
      return pattern == "*" ? "any process" : fmt::format("the process {}", pattern);
  }
  return {};
}

}  // namespace sovereign::core
