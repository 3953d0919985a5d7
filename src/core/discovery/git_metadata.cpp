#include "core/discovery/git_metadata.hpp"

#include <fcntl.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "core/manifest/file.hpp"
#include "core/manifest/open_beneath.hpp"
#include "core/plain_text.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kFileBytes = 128'000;

/// "a/b/../c" as "a/c"; nothing when it leads out.
std::optional<std::string> resolve(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  std::string resolved;
  for (const auto part : parts) {
    if (!resolved.empty()) resolved += '/';
    resolved += part;
  }
  return resolved.empty() ? "." : resolved;
}

/// `target` as git writes it, seen from `from`, as a path below the root.
std::optional<std::string> below_root(std::string_view root_path, std::string_view from,
                                      std::string_view target) {
  if (!target.starts_with('/')) return resolve(std::string(from) + "/" + std::string(target));
  if (!target.starts_with(root_path)) return std::nullopt;
  target.remove_prefix(root_path.size());
  if (!target.starts_with('/')) return std::nullopt;
  return resolve(target);
}

bool is_commit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool is_ref(std::string_view text) {
  return text.starts_with("refs/") && text.size() <= 255 && !text.contains("..") &&
         !text.contains("//") && is_plain_text(text) && !text.contains(' ');
}

/// The folder of a repository: where HEAD is, and where what worktrees share is.
class GitFolder {
 public:
  GitFolder(int root, std::string own, std::string shared)
      : root_(root), own_(std::move(own)), shared_(std::move(shared)) {}

  GitMetadata read() const {
    GitMetadata metadata;
    const auto head = trimmed(own_ + "/HEAD");
    if (is_commit(head)) {
      metadata.commit = head;
    } else if (head.starts_with("ref: ")) {
      const auto ref = std::string(base::trim_ascii(std::string_view(head).substr(5)));
      if (is_ref(ref)) read_ref(ref, metadata);
    }
    metadata.url = remote_url(content(shared_ + "/config"));
    return metadata;
  }

 private:
  std::string content(const std::string& path) const {
    return read_file_beneath(root_, path, kFileBytes).value_or("");
  }
  std::string trimmed(const std::string& path) const {
    return std::string(base::trim_ascii(content(path)));
  }

  void read_ref(const std::string& ref, GitMetadata& metadata) const {
    constexpr std::string_view kHeads = "refs/heads/";
    metadata.ref = ref.starts_with(kHeads) ? ref.substr(kHeads.size()) : ref;
    auto commit = trimmed(shared_ + "/" + ref);
    if (!is_commit(commit)) commit = find_packed(ref);
    if (is_commit(commit)) metadata.commit = std::move(commit);
  }

  std::string find_packed(const std::string& ref) const {
    const auto packed = content(shared_ + "/packed-refs");
    std::string_view rest = packed;
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      const auto line = base::trim_ascii(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const auto space = line.find(' ');
      if (space != std::string_view::npos && line.substr(space + 1) == ref) {
        return std::string(line.substr(0, space));
      }
    }
    return {};
  }

  int root_;
  std::string own_;
  std::string shared_;
};

/// What a .git file ("gitdir: <path>") leads to.
std::optional<GitFolder> follow_worktree(int root, std::string_view root_path,
                                         const std::string& folder) {
  constexpr std::string_view kPrefix = "gitdir: ";
  const auto file = read_file_beneath(root, folder + "/.git", kFileBytes);
  if (!file || !file->starts_with(kPrefix)) return std::nullopt;
  const auto target = base::trim_ascii(std::string_view(*file).substr(kPrefix.size()));
  const auto own = below_root(root_path, folder, target);
  if (!own) return std::nullopt;
  auto shared = *own;
  if (const auto common = read_file_beneath(root, *own + "/commondir", kFileBytes)) {
    const auto resolved = below_root(root_path, *own, base::trim_ascii(*common));
    if (!resolved) return std::nullopt;
    shared = *resolved;
  }
  return GitFolder(root, *own, shared);
}

std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return std::string(value);
}

}  // namespace

std::string remote_url(std::string_view config) {
  std::string first;
  bool is_remote = false;
  bool is_origin = false;
  while (!config.empty()) {
    const auto end = std::min(config.find('\n'), config.size());
    const auto line = base::trim_ascii(config.substr(0, end));
    config.remove_prefix(std::min(end + 1, config.size()));
    if (line.starts_with('[')) {
      is_remote = line.starts_with("[remote \"");
      is_origin = line == "[remote \"origin\"]";
      continue;
    }
    const auto equals = line.find('=');
    if (!is_remote || equals == std::string_view::npos) continue;
    if (base::trim_ascii(line.substr(0, equals)) != "url") continue;
    const auto url = unquoted(base::trim_ascii(line.substr(equals + 1)));
    if (url.size() > 4096 || !is_plain_text(url)) continue;
    if (is_origin) return strip_user_information(url);
    if (first.empty()) first = strip_user_information(url);
  }
  return first;
}

std::optional<GitMetadata> read_git_metadata(int root, std::string_view root_path,
                                             std::string_view folder) {
  for (auto at = std::string(folder);;) {
    if (open_beneath(root, at + "/.git", O_PATH | O_DIRECTORY | O_NOFOLLOW)) {
      return GitFolder(root, at + "/.git", at + "/.git").read();
    }
    if (const auto worktree = follow_worktree(root, root_path, at)) return worktree->read();
    if (at == ".") return std::nullopt;
    const auto slash = at.rfind('/');
    at = slash == std::string::npos ? "." : at.substr(0, slash);
  }
}

}  // namespace sovereign::core
