#include "core/install/tree_writer.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/errors.hpp"
#include "core/install/tree_rules.hpp"

namespace sovereign::core {
namespace {

using process::FileDescriptor;

/// Beneath `root`, through no link, on no other file system.
int open_beneath(int root, const std::string& path, std::uint64_t flags, std::uint64_t mode) {
  open_how how{};
  how.flags = flags | O_CLOEXEC | O_NOFOLLOW;
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

Failure failed(std::string_view path, int error) {
  const auto context = std::system_category().message(error) + ": " + shown_path(path);
  if (error == ENOSPC || error == EDQUOT) {
    return fail(CoreCode::limit_disk, "The disk is full.", context);
  }
  if (error == EEXIST || error == EXDEV || error == ELOOP || error == ENOTDIR) {
    return fail(CoreCode::install_invalid_tree,
                "The repository holds the path \"" + shown_path(path) + "\" twice or in two ways.",
                context);
  }
  return base::fail(ErrorCode::unavailable, "A file of the agent could not be written.", context);
}

Result<void> write_all(int file, std::string_view path, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<TreeWriter> TreeWriter::make(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0) return failed(folder.string(), errno);
  FileDescriptor root(::open(folder.c_str(), O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (root.get() < 0) return failed(folder.string(), errno);
  return TreeWriter(std::move(root));
}

Result<void> TreeWriter::make_folders(std::string_view path) {
  if (path.empty() || folders_.contains(std::string(path))) return {};
  if (auto made = make_folders(folder_of(path)); !made) return made;
  const auto parent_path = folder_of(path);
  const FileDescriptor parent(open_beneath(
      root_.get(), parent_path.empty() ? "." : std::string(parent_path), O_DIRECTORY | O_PATH, 0));
  if (parent.get() < 0) return failed(path, errno);
  const auto name = std::string(path.substr(parent_path.empty() ? 0 : parent_path.size() + 1));
  if (::mkdirat(parent.get(), name.c_str(), 0700) != 0) return failed(path, errno);
  folders_.emplace(path);
  return {};
}

Result<void> TreeWriter::write(std::string_view path, std::string_view bytes, FileMode mode) {
  if (auto made = make_folders(folder_of(path)); !made) return made;
  const mode_t bits = mode == FileMode::executable ? 0700 : 0600;
  const FileDescriptor file(
      open_beneath(root_.get(), std::string(path), O_CREAT | O_EXCL | O_WRONLY, bits));
  if (file.get() < 0) return failed(path, errno);
  if (::fchmod(file.get(), bits) != 0) return failed(path, errno);
  return write_all(file.get(), path, bytes);
}

Result<void> TreeWriter::finish() {
  if (::syncfs(root_.get()) != 0) return failed("", errno);
  return {};
}

}  // namespace sovereign::core
