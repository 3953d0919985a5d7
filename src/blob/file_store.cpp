#include "blob/file_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "blob/file_io.hpp"
#include "crypto/sha256.hpp"

namespace sovereign::blob {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kUnfinished = ".unfinished";  // No key begins with a dot.

Failure no_such_object() {
  return base::fail(ErrorCode::not_found, "There is no such stored file.");
}

/// A file of a name of its own that is gone unless it was moved to where it belongs.
class NewFile {
 public:
  explicit NewFile(const fs::path& folder)
      : path_((folder / "XXXXXX").string()), file_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  ~NewFile() {
    if (file_ && !moved_) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  bool is_open() const { return static_cast<bool>(file_); }
  int get() const { return file_.get(); }

  Result<void> move_to(const fs::path& target) {
    if (::fsync(file_.get()) != 0) return file_trouble("sync", path_);
    if (::rename(path_.c_str(), target.c_str()) != 0) return file_trouble("move", target);
    moved_ = true;
    return sync_folder(target.parent_path());
  }

 private:
  std::string path_;
  base::FileDescriptor file_;  // mkstemp(3) gives mode 0600.
  bool moved_ = false;
};

Result<void> write_object(const fs::path& folder, const fs::path& target, const Content& content) {
  NewFile file(folder / kUnfinished);
  if (!file.is_open()) return file_trouble("make a file in", folder / kUnfinished);
  crypto::Sha256 hash;
  auto copied = for_each_block(content.source, 0, content.size, [&](std::string_view block) {
    hash.update(block);
    return write_all(file.get(), block);
  });
  if (!copied) return copied;
  if (hash.finish() != content.sha256) {
    return base::fail(ErrorCode::internal, "The upload was damaged on the way.",
                      "a blob's source does not have the digest it was said to have");
  }
  if (auto made = make_folders(target.parent_path()); !made) return made;
  return file.move_to(target);
}

class FileReader final : public Reader {
 public:
  FileReader(OpenFile file, ByteRange range, async::WorkerPool& pool)
      : file_(std::move(file)), range_(range), pool_(pool) {}

  std::uint64_t size() const override { return range_.size; }

  Task<std::string_view> read() override {
    const auto wanted = std::min<std::uint64_t>(kBlockBytes, range_.size - given_);
    if (wanted == 0) co_return std::string_view{};
    auto task = async::run_blocking(
        pool_, [file = file_, offset = range_.first + given_, wanted]() -> Result<std::string> {
          std::string block(wanted, '\0');
          auto got = read_at(file->get(), offset, block);
          if (!got) return Failure(std::move(got.error()));
          if (*got < block.size()) return file_trouble("read all of", "a stored file");
          return block;
        });
    auto block = co_await std::move(task);
    if (!block) co_return Failure(std::move(block.error()));
    block_ = std::move(*block);
    given_ += block_.size();
    co_return std::string_view(block_);
  }

 private:
  const OpenFile file_;
  const ByteRange range_;
  async::WorkerPool& pool_;
  std::uint64_t given_ = 0;
  std::string block_;
};

struct Opened {
  OpenFile file;
  std::uint64_t size = 0;
};

Result<Opened> open_object(const fs::path& path) {
  auto file =
      std::make_shared<const base::FileDescriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!*file) {
    if (errno == ENOENT || errno == ENOTDIR) return no_such_object();
    return file_trouble("open", path);
  }
  struct stat status{};
  if (::fstat(file->get(), &status) != 0) return file_trouble("inspect", path);
  return Opened{std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace

Result<void> FileStore::prepare(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder / kUnfinished, ignored);
  return make_folders(folder / kUnfinished);
}

Task<void> FileStore::put(const Key& key, const Content& content) {
  auto task =
      async::run_blocking(pool_, [folder = folder_, target = folder_ / key.text(), content] {
        return write_object(folder, target, content);
      });
  co_return co_await std::move(task);
}

Task<std::unique_ptr<Reader>> FileStore::get(const Key& key, std::optional<ByteRange> range) {
  auto task =
      async::run_blocking(pool_, [path = folder_ / key.text()] { return open_object(path); });
  auto opened = co_await std::move(task);
  if (!opened) co_return Failure(std::move(opened.error()));
  const auto whole = ByteRange{0, opened->size};
  const auto part = range.value_or(whole);
  if (part.first > whole.size || part.size > whole.size - part.first) {
    co_return base::fail(ErrorCode::unprocessable, "The stored file has no such range.");
  }
  co_return std::make_unique<FileReader>(std::move(opened->file), part, pool_);
}

Task<std::optional<std::uint64_t>> FileStore::head(const Key& key) {
  auto task = async::run_blocking(
      pool_, [path = folder_ / key.text()]() -> Result<std::optional<std::uint64_t>> {
        struct stat status{};
        if (::stat(path.c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        return file_trouble("inspect", path);
      });
  co_return co_await std::move(task);
}

Task<void> FileStore::remove(const Key& key) {
  auto task = async::run_blocking(pool_, [path = folder_ / key.text()]() -> Result<void> {
    if (::unlink(path.c_str()) == 0) return sync_folder(path.parent_path());
    if (errno == ENOENT || errno == ENOTDIR) return {};
    return file_trouble("remove", path);
  });
  co_return co_await std::move(task);
}

Task<void> FileStore::check() {
  auto task = async::run_blocking(pool_, [folder = folder_]() -> Result<void> {
    const NewFile probe(folder / kUnfinished);
    if (!probe.is_open()) return file_trouble("make a file in", folder);
    return {};
  });
  co_return co_await std::move(task);
}

}  // namespace sovereign::blob
