#include "crypto/key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace sovereign::crypto {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxKeyFileBytes = 4096;

Failure refuse(const fs::path& path, std::string_view what) {
  return base::fail(ErrorCode::unavailable, fmt::format("Key file {}: {}.", path.string(), what));
}

Failure refuse_errno(const fs::path& path, std::string_view action) {
  return refuse(path, fmt::format("cannot {}: {}", action, std::strerror(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Why the open file may not serve as a key, or nullopt.
std::optional<std::string_view> objection(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return "it is not a regular file";
  if (status.st_uid != ::geteuid()) return "it belongs to another user";
  if ((status.st_mode & 077) != 0) return "group or others may access it; run chmod 600 on it";
  if (static_cast<std::size_t>(status.st_size) > kMaxKeyFileBytes)
    return "it is longer than 4096 bytes";
  return std::nullopt;
}

Result<std::string> read_key(const fs::path& path, int fd, std::size_t bytes) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return refuse_errno(path, "inspect it");
  if (const auto reason = objection(status)) return refuse(path, *reason);
  std::string key(kMaxKeyFileBytes, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < key.size(); size += static_cast<std::size_t>(got)) {
    got = ::read(fd, key.data() + size, key.size() - size);
    if (got < 0) return refuse_errno(path, "read it");
  }
  key.resize(size);
  if (key.ends_with('\n')) key.pop_back();
  if (key.ends_with('\r')) key.pop_back();
  if (key.size() < bytes)
    return refuse(path, fmt::format("it holds less than {} characters", bytes));
  return key;
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool sync_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd.is_open() && ::fsync(fd.get()) == 0;
}

/// What becomes of a draft that was written.
enum class Naming {
  if_free,  // Somebody else's key of this moment wins.
  replace,
};

bool give_name(const fs::path& draft, const fs::path& path, Naming naming) {
  if (naming == Naming::replace) return ::rename(draft.c_str(), path.c_str()) == 0;
  return ::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST;
}

/// Writes a new key to a file of its own, then gives it its name; the key.
Result<std::string> create_key(const fs::path& path, std::size_t bytes, base::Random& random,
                               Naming naming) {
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const auto draft = folder / fmt::format(".{}.{}", path.filename().string(),
                                          random_token(random, 16, Alphabet::alphanumeric));
  std::vector<std::uint8_t> raw(bytes);
  random.fill(raw);
  auto key = base::to_base64url(raw);
  wipe(raw);
  const Descriptor fd(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.is_open()) return refuse_errno(path, "create it");
  const bool written =
      write_all(fd.get(), key) && write_all(fd.get(), "\n") && ::fsync(fd.get()) == 0;
  const bool named = written && give_name(draft, path, naming);
  const int reason = errno;
  ::unlink(draft.c_str());
  errno = reason;
  if (!named || !sync_folder(folder)) {
    wipe(key);
    return refuse_errno(path, "create it");
  }
  return key;
}

}  // namespace

Result<std::string> load_or_create_key(const fs::path& path, std::size_t bytes,
                                       base::Random& random) {
  const auto open_key = [&] {
    return ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  };
  int fd = open_key();
  if (fd < 0 && errno == ENOENT) {
    auto created = create_key(path, bytes, random, Naming::if_free);
    if (!created) return Failure(std::move(created).error());
    wipe(*created);  // Another program's may have come first: the file says.
    fd = open_key();
  }
  if (fd < 0 && errno == ELOOP) return refuse(path, "it is a symbolic link; name the file itself");
  if (fd < 0) return refuse_errno(path, "open it");
  const Descriptor key(fd);
  return read_key(path, key.get(), bytes);
}

Result<std::string> replace_key(const fs::path& path, std::size_t bytes, base::Random& random) {
  return create_key(path, bytes, random, Naming::replace);
}

}  // namespace sovereign::crypto
