#include "core/install/tree_snapshot.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <system_error>
#include <utility>

#include "base/encoding.hpp"
#include "core/errors.hpp"
#include "core/install/tree_rules.hpp"
#include "crypto/digest.hpp"
#include "process/file_descriptor.hpp"

namespace sovereign::core {
namespace {

using process::FileDescriptor;

constexpr std::size_t kMaxFiles = 200'000;
constexpr std::uint64_t kMaxBytes = 2ULL << 30;
constexpr std::size_t kMaxDepth = 64;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

Failure unreadable(const std::string& path, int error) {
  return base::fail(ErrorCode::unavailable, "A file of the agent could not be read.",
                    shown_path(path) + ": " + std::system_category().message(error));
}

Failure invalid(const std::string& path, std::string_view why) {
  return fail(CoreCode::install_invalid_tree,
              "\"" + shown_path(path) + "\" " + std::string(why) + ".");
}

/// Collects one part of a tree.
class Walk {
 public:
  Walk(std::string_view project, TreePart part) : part_(part) {
    const std::string prefix = project.empty() ? "" : std::string(project) + "/";
    outputs_ = {prefix + "_build", prefix + "deps"};
  }

  Result<void> folder(int parent, const char* name, const std::string& path, std::size_t depth) {
    if (depth > kMaxDepth) return invalid(path, "lies too deep");
    const int opened = ::openat(parent, name, O_DIRECTORY | O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0) return unreadable(path, errno);
    const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(opened));
    while (const dirent* entry = ::readdir(entries.get())) {
      const std::string_view child = entry->d_name;
      if (child == "." || child == "..") continue;
      const auto child_path = path.empty() ? std::string(child) : path + "/" + std::string(child);
      if (auto walked = visit(opened, entry->d_name, child_path, depth); !walked) return walked;
    }
    return {};
  }

  TreeSnapshot take() { return std::move(snapshot_); }

 private:
  /// Whether entries at or below `path` are wanted, and whether something below it may be.
  bool is_output(const std::string& path) const {
    return std::ranges::any_of(outputs_, [&](const std::string& output) {
      return path == output || (path.starts_with(output) && path[output.size()] == '/');
    });
  }
  bool leads_to_output(const std::string& path) const {
    return std::ranges::any_of(outputs_,
                               [&](const std::string& output) { return output.starts_with(path); });
  }

  Result<void> visit(int parent, const char* name, const std::string& path, std::size_t depth) {
    struct stat status{};
    if (::fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return unreadable(path, errno);
    const bool is_folder = S_ISDIR(status.st_mode);
    const bool is_wanted = is_output(path) == (part_ == TreePart::build_output);
    if (is_folder) {
      if (!is_wanted && !(part_ == TreePart::build_output && leads_to_output(path))) return {};
      return folder(parent, name, path, depth + 1);
    }
    if (!is_wanted) return {};
    if (snapshot_.size() >= kMaxFiles) return invalid(path, "is one file too many");
    if (S_ISLNK(status.st_mode)) return link(parent, name, path);
    if (!S_ISREG(status.st_mode)) return invalid(path, "is neither a file nor a folder");
    return file(parent, name, path);
  }

  Result<void> link(int parent, const char* name, const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const auto length = ::readlinkat(parent, name, target.data(), target.size());
    if (length < 0) return unreadable(path, errno);
    put(path, 'l', std::string_view(target.data(), static_cast<std::size_t>(length)));
    return {};
  }

  Result<void> file(int parent, const char* name, const std::string& path) {
    const FileDescriptor opened(
        ::openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status{};
    if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) return unreadable(path, errno);
    if (!S_ISREG(status.st_mode)) return invalid(path, "is neither a file nor a folder");
    bytes_ += static_cast<std::uint64_t>(status.st_size);
    if (bytes_ > kMaxBytes) return invalid(path, "makes the folder too large");
    buffer_.resize(static_cast<std::size_t>(status.st_size));
    std::size_t filled = 0;
    while (filled < buffer_.size()) {
      const auto count = ::read(opened.get(), buffer_.data() + filled, buffer_.size() - filled);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return unreadable(path, errno);
      if (count == 0) break;
      filled += static_cast<std::size_t>(count);
    }
    put(path, (status.st_mode & S_IXUSR) != 0 ? 'x' : 'f',
        std::string_view(buffer_).substr(0, filled));
    return {};
  }

  void put(const std::string& path, char kind, std::string_view content) {
    snapshot_.emplace(path, std::string{kind, ' '} + base::to_hex(crypto::sha256(content)));
  }

  const TreePart part_;
  std::array<std::string, 2> outputs_;
  TreeSnapshot snapshot_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Result<TreeSnapshot> take_snapshot(const std::filesystem::path& tree, std::string_view project,
                                   TreePart part) {
  Walk walk(project, part);
  if (auto walked = walk.folder(AT_FDCWD, tree.c_str(), "", 0); !walked) {
    return Failure(std::move(walked.error()));
  }
  return walk.take();
}

std::string digest_of(const TreeSnapshot& snapshot) {
  std::string lines;
  for (const auto& [path, value] : snapshot) {
    ((lines += value) += "  ") += path;
    lines += '\0';
  }
  return base::to_hex(crypto::sha256(lines));
}

TreeChanges compare_snapshots(const TreeSnapshot& before, const TreeSnapshot& after) {
  TreeChanges changes;
  for (const auto& [path, value] : before) {
    const auto found = after.find(path);
    if (found == after.end() || found->second != value) changes.changed.push_back(path);
  }
  for (const auto& [path, value] : after) {
    if (!before.contains(path)) changes.added.push_back(path);
  }
  return changes;
}

Result<void> verify_sources(const std::filesystem::path& tree, std::string_view project,
                            const std::string& source_hash) {
  const auto snapshot = take_snapshot(tree, project, TreePart::sources);
  if (!snapshot) return Failure(snapshot.error());
  if (digest_of(*snapshot) == source_hash) return {};
  return fail(CoreCode::install_invalid_tree,
              "The installed files were changed since they were fetched; install the agent anew.");
}

}  // namespace sovereign::core
