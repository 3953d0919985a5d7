#include "core/discovery/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "core/manifest/file.hpp"
#include "core/manifest/open_beneath.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kMaxProblems = 1000;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// A folder below the root that is being walked; "." is the root itself.
struct Place {
  std::string relative;
  std::size_t depth = 0;
};

class Walker {
 public:
  Walker(const WalkPlan& plan, const std::atomic<bool>& stopping)
      : plan_(plan), stopping_(stopping) {
    for (const auto& folder : plan.excluded) excluded_.insert(real_path(folder));
  }

  Walk run() {
    for (const auto& root : plan_.roots) {
      if (is_over()) break;
      walk_root(root);
    }
    return std::move(walk_);
  }

 private:
  static std::string real_path(const std::filesystem::path& path) {
    std::error_code error;
    const auto real = std::filesystem::canonical(path, error);
    return error ? std::string() : real.native();
  }

  void problem(std::string path, std::string_view code, std::string message) {
    if (walk_.problems.size() == kMaxProblems) return;
    walk_.problems.push_back({std::move(path), std::string(code), std::move(message)});
  }

  /// Ends the walk at the first bound that is hit, saying so once.
  void stop_at(std::string_view code, std::string message) {
    if (std::exchange(walk_.is_partial, true)) return;
    problem("", code, std::move(message));
    is_full_ = true;
  }

  bool is_over() {
    if (stopping_.load(std::memory_order_relaxed)) stop_at("stopped", "The scan was stopped.");
    return is_full_;
  }

  void walk_root(const std::filesystem::path& path) {
    root_path_ = real_path(path);
    root_ = process::FileDescriptor(::open(root_path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (root_path_.empty() || !root_) {
      return problem(path.native(), "invalid_root", "There is no such folder.");
    }
    walk_.roots.push_back(root_path_);
    std::deque<Place> places{{".", 0}};
    while (!places.empty() && !is_over()) {
      const auto place = std::move(places.front());
      places.pop_front();
      enter(place, places);
    }
  }

  std::string absolute(std::string_view relative) const {
    if (relative == ".") return root_path_;
    return fmt::format("{}/{}", root_path_ == "/" ? "" : root_path_, relative);
  }

  void enter(const Place& place, std::deque<Place>& places) {
    const auto path = absolute(place.relative);
    // Roots may lie in each other.
    if (excluded_.contains(path) || !entered_.insert(path).second) return;
    auto descriptor =
        open_beneath(root_.get(), place.relative, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!descriptor) return problem(path, "walk_error", std::strerror(errno));
    const Directory directory(::fdopendir(descriptor.get()));
    if (!directory) return problem(path, "walk_error", std::strerror(errno));
    descriptor.release();
    if (walk_.folders.size() < plan_.bounds.watched_folders) walk_.folders.push_back(path);
    std::vector<std::string> folders;
    read_entries(*directory, place, folders);
    if (place.depth == plan_.bounds.depth) return;
    std::ranges::sort(folders);
    for (const auto& name : folders) {
      places.push_back(
          {place.relative == "." ? name : place.relative + "/" + name, place.depth + 1});
    }
  }

  void read_entries(DIR& directory, const Place& place, std::vector<std::string>& folders) {
    while (const auto* entry = ::readdir(&directory)) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (++walk_.entries > plan_.bounds.entries) {
        return stop_at("entry_limit",
                       fmt::format("More than {} files and folders; choose smaller folders to "
                                   "scan.",
                                   plan_.bounds.entries));
      }
      if (name == kManifestName) {
        add_manifest(place);
      } else if (!is_skipped_folder(name) && is_folder(directory, *entry)) {
        folders.emplace_back(name);
      }
    }
  }

  static bool is_folder(DIR& directory, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat status{};
    const int failed = ::fstatat(::dirfd(&directory), entry.d_name, &status, AT_SYMLINK_NOFOLLOW);
    return failed == 0 && S_ISDIR(status.st_mode);
  }

  void add_manifest(const Place& place) {
    if (walk_.manifests.size() == plan_.bounds.manifests) {
      return stop_at("manifest_limit", fmt::format("More than {} agents.", plan_.bounds.manifests));
    }
    const auto relative = place.relative + "/" + std::string(kManifestName);
    const auto path = absolute(place.relative == "." ? kManifestName : std::string_view(relative));
    const auto bytes = read_file_beneath(root_.get(), relative, kManifestBytes);
    if (!bytes) {
      const auto& error = bytes.error();
      return problem(path, error.name.empty() ? "manifest_read_error" : error.name, error.detail);
    }
    walk_.manifests.push_back({path, root_path_, read_manifest(*bytes, IdRule::development),
                               read_git_metadata(root_.get(), root_path_, place.relative)});
  }

  const WalkPlan& plan_;
  const std::atomic<bool>& stopping_;
  std::set<std::string> excluded_;
  std::set<std::string> entered_;
  std::string root_path_;
  process::FileDescriptor root_;
  bool is_full_ = false;
  Walk walk_;
};

}  // namespace

bool is_skipped_folder(std::string_view name) {
  constexpr auto kSkipped = std::to_array<std::string_view>({"_build", "deps", "node_modules"});
  return name.starts_with('.') || std::ranges::find(kSkipped, name) != kSkipped.end();
}

Walk walk(const WalkPlan& plan, const std::atomic<bool>& stopping) {
  return Walker(plan, stopping).run();
}

}  // namespace sovereign::core
