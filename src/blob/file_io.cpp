#include "blob/file_io.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sovereign::blob {
namespace {

constexpr std::chrono::seconds kRetryAfter{5};

Failure source_is_short() {
  return base::fail(ErrorCode::internal, "The upload was lost on the way.",
                    "a blob's source is shorter than it was said to be");
}

}  // namespace

Failure file_trouble(std::string_view action, const std::filesystem::path& path) {
  auto failure =
      base::fail(ErrorCode::unavailable, "Stored files cannot be reached; try again in a moment.",
                 fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(errno)));
  failure.error().retry_after = kRetryAfter;
  return failure;
}

Result<void> write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return file_trouble("write", "a stored file");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> read_at(int descriptor, std::uint64_t offset, std::string& buffer) {
  std::size_t held = 0;
  while (held < buffer.size()) {
    const auto got = ::pread(descriptor, buffer.data() + held, buffer.size() - held,
                             static_cast<off_t>(offset + held));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_trouble("read", "a stored file");
    if (got == 0) break;
    held += static_cast<std::size_t>(got);
  }
  return held;
}

Result<void> for_each_block(const Source& source, std::uint64_t offset, std::uint64_t size,
                            const std::function<Result<void>(std::string_view)>& visit) {
  if (const auto* bytes = std::get_if<std::string_view>(&source)) {
    if (offset + size > bytes->size()) return source_is_short();
    return visit(bytes->substr(offset, size));
  }
  const int file = std::get<OpenFile>(source)->get();
  std::string block;
  for (std::uint64_t done = 0; done < size; done += block.size()) {
    block.resize(std::min<std::uint64_t>(kBlockBytes, size - done));
    const auto read = read_at(file, offset + done, block);
    if (!read) return Failure(read.error());
    if (*read < block.size()) return source_is_short();
    if (auto visited = visit(block); !visited) return visited;
  }
  return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const base::FileDescriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open || ::fsync(open.get()) != 0) return file_trouble("sync", folder);
  return {};
}

Result<void> make_folders(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
  if (errno == EEXIST) return {};
  if (errno != ENOENT || !folder.has_relative_path()) return file_trouble("make folder", folder);
  if (auto made = make_folders(folder.parent_path()); !made) return made;
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return file_trouble("make folder", folder);
  }
  return sync_folder(folder.parent_path());
}

}  // namespace sovereign::blob
