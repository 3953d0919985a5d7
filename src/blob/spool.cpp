#include "blob/spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "async/run_blocking.hpp"
#include "blob/file_io.hpp"
#include "crypto/sha256.hpp"

namespace sovereign::blob {

struct Spool::State {
  std::filesystem::path folder;
  std::string block;
  base::FileDescriptor file;
  crypto::Sha256 hash;
  std::uint64_t size = 0;

  Result<void> open() {
    if (file) return {};
    if (auto made = make_folders(folder); !made) return made;
    auto path = (folder / "upload-XXXXXX").string();
    file = base::FileDescriptor(::mkostemp(path.data(), O_CLOEXEC));
    if (!file) return file_trouble("make a file in", folder);
    if (::unlink(path.c_str()) != 0) return file_trouble("unlink", path);
    return {};
  }

  Result<void> write() {
    if (auto opened = open(); !opened) return opened;
    hash.update(block);
    if (auto written = write_all(file.get(), block); !written) return written;
    size += block.size();
    block.clear();
    return {};
  }
};

Spool::Spool(std::filesystem::path folder, async::WorkerPool& pool)
    : pool_(pool), state_(std::make_shared<State>()) {
  state_->folder = std::move(folder);
}
Spool::~Spool() = default;

Task<void> Spool::append(std::string_view bytes) {
  while (!bytes.empty()) {
    auto& block = state_->block;
    if (block.capacity() < kBlockBytes) block.reserve(kBlockBytes);
    const auto taken = std::min(bytes.size(), kBlockBytes - block.size());
    block.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (block.size() < kBlockBytes) break;
    auto flushing = flush();
    if (auto flushed = co_await std::move(flushing); !flushed) co_return flushed;
  }
  co_return Result<void>{};
}

Task<SpooledFile> Spool::finish() {
  auto flushing = flush();
  if (auto flushed = co_await std::move(flushing); !flushed) {
    co_return Failure(std::move(flushed.error()));
  }
  co_return SpooledFile{
      .file = std::make_shared<const base::FileDescriptor>(std::move(state_->file)),
      .size = state_->size,
      .sha256 = state_->hash.finish()};
}

Task<void> Spool::flush() {
  auto task = async::run_blocking(pool_, [state = state_] { return state->write(); });
  co_return co_await std::move(task);
}

}  // namespace sovereign::blob
