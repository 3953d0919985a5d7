#include "core/install/tree_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "core/errors.hpp"

namespace sovereign::core {
namespace {

/// Characters that do not show, or turn the direction of what follows: HFS+ ignores most of them
/// in names, people overlook all of them. As UTF-8.
constexpr std::string_view kInvisible[] = {
    "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
    "\u202d", "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\u206a",
    "\u206b", "\u206c", "\u206d", "\u206e", "\u206f", "\ufeff",
};

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

/// Whether some file system takes `name` for git's own folder.
bool is_git_folder(std::string_view name) {
  name = name.substr(0, name.find(':'));
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.remove_suffix(1);
  const auto lower = base::to_lower_ascii(name);
  if (lower == ".git") return true;
  return lower.size() == 5 && lower.starts_with("git~") && lower[4] >= '0' && lower[4] <= '9';
}

std::optional<std::string_view> problem_of_name(std::string_view name, const TreeLimits& limits) {
  if (name.empty() || name == "." || name == "..") return "leads elsewhere";
  if (name.size() > limits.name_bytes) return "has too long a name";
  if (is_git_folder(name)) return "is a name of git's own";
  return std::nullopt;
}

Failure invalid(std::string_view path, std::string_view why) {
  return fail(CoreCode::install_invalid_tree,
              fmt::format("The repository cannot be installed: \"{}\" {}.", shown_path(path), why));
}

bool is_within(std::string_view path, std::string_view project, std::string_view folder) {
  if (!project.empty()) {
    if (!path.starts_with(project) || path.size() <= project.size() ||
        path[project.size()] != '/') {
      return false;
    }
    path.remove_prefix(project.size() + 1);
  }
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace

std::string shown_path(std::string_view path) {
  constexpr std::size_t kMaxBytes = 200;
  std::string text;
  for (const char c : path.substr(0, kMaxBytes)) text += c >= ' ' && c < '\x7f' ? c : '?';
  return text;
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::optional<std::string_view> problem_of_path(std::string_view path, const TreeLimits& limits) {
  if (path.empty() || path.size() > limits.path_bytes) return "has too long a path";
  if (!base::is_utf8(path)) return "is not UTF-8";
  if (std::ranges::any_of(path, is_control)) return "holds control characters";
  if (path.find('\\') != std::string_view::npos) return "holds a backslash";
  for (const auto character : kInvisible) {
    if (path.find(character) != std::string_view::npos) return "holds invisible characters";
  }
  for (std::size_t depth = 1;; ++depth) {
    if (depth > limits.depth) return "lies too deep";
    const auto slash = path.find('/');
    if (const auto problem = problem_of_name(path.substr(0, slash), limits)) return problem;
    if (slash == std::string_view::npos) return std::nullopt;
    path.remove_prefix(slash + 1);
  }
}

Result<ExportPlan> plan_export(std::vector<TreeEntry> listing, std::string_view project,
                               const TreeLimits& limits) {
  ExportPlan plan;
  std::uint64_t bytes = 0;
  for (auto& entry : listing) {
    if (const auto problem = problem_of_path(entry.path, limits)) {
      return invalid(entry.path, *problem);
    }
    using enum TreeEntry::Kind;
    if (entry.kind == symlink) return invalid(entry.path, "is a symbolic link");
    if (entry.kind == submodule) {
      plan.warnings.push_back(fmt::format("The submodule \"{}\" was left out.", entry.path));
      continue;
    }
    if (entry.kind == other) return invalid(entry.path, "is neither a file nor a folder");
    if (is_within(entry.path, project, "_build") || is_within(entry.path, project, "deps")) {
      return invalid(entry.path, "is where a build puts its output");
    }
    if (entry.size > limits.file_bytes) return invalid(entry.path, "is too large");
    bytes += entry.size;
    plan.files.push_back(std::move(entry));
  }
  if (plan.files.size() > limits.files || bytes > limits.total_bytes) {
    return fail(CoreCode::install_invalid_tree,
                fmt::format("The repository is too large: {} files and {} MiB are the limit.",
                            limits.files, limits.total_bytes >> 20));
  }
  return plan;
}

}  // namespace sovereign::core
