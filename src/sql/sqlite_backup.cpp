#include "sql/sqlite_backup.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>

#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

namespace fs = std::filesystem;

Failure cannot_write(const std::string& path, std::string_view why) {
  return base::fail(ErrorCode::unavailable,
                    "The backup cannot be written; check its folder and the free space.",
                    fmt::format("{}: {}", path, why));
}

Failure cannot_write(const std::string& path) { return cannot_write(path, std::strerror(errno)); }

/// Closes the file, and removes it unless it was renamed.
class PartialFile {
 public:
  explicit PartialFile(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600)) {}
  ~PartialFile() {
    if (file_ < 0) return;
    ::close(file_);
    if (!renamed_) ::unlink(path_.c_str());
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  bool is_open() const { return file_ >= 0; }
  const std::string& path() const { return path_; }
  bool sync() const { return ::fsync(file_) == 0; }
  bool rename_to(const std::string& target) {
    renamed_ = ::rename(path_.c_str(), target.c_str()) == 0;
    return renamed_;
  }

 private:
  const std::string path_;
  const int file_;
  bool renamed_ = false;
};

bool sync_folder(const fs::path& file) {
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  const bool synced = ::fsync(folder) == 0;
  ::close(folder);
  return synced;
}

using OpenDatabase =
    std::unique_ptr<sqlite3, decltype([](sqlite3* handle) { sqlite3_close_v2(handle); })>;

Result<void> copy_into(const SqliteConnection& source, const std::string& path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const OpenDatabase target(opened);
  if (code != SQLITE_OK) return cannot_write(path, sqlite3_errmsg(opened));
  // The file is thrown away unless it is complete, so the copy needs neither journal nor fsync.
  sqlite3_exec(opened, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", nullptr, nullptr,
               nullptr);
  sqlite3_backup* backup = sqlite3_backup_init(opened, "main", source.handle(), "main");
  if (backup == nullptr) return cannot_write(path, sqlite3_errmsg(opened));
  // All at once: one read transaction, so writers neither wait nor make it start again.
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) return cannot_write(path, sqlite3_errmsg(opened));
  return {};
}

}  // namespace

Result<void> write_sqlite_backup(const SqliteSettings& source, const std::string& path) {
  std::error_code ignored;
  const fs::path target = fs::absolute(path, ignored);
  if (fs::equivalent(target, source.path, ignored)) {
    return base::fail(ErrorCode::unprocessable,
                      "The backup must be another file than the database.");
  }
  const auto connection = SqliteConnection::open(source);
  if (!connection) return std::unexpected(to_error(connection.error(), "backup"));
  PartialFile partial(fmt::format("{}.partial-{}", target.string(), ::getpid()));
  if (!partial.is_open()) return cannot_write(partial.path());
  if (auto copied = copy_into(**connection, partial.path()); !copied) return copied;
  if (!partial.sync() || !partial.rename_to(target.string()) || !sync_folder(target)) {
    return cannot_write(target.string());
  }
  return {};
}

}  // namespace sovereign::sql
