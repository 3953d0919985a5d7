#include "mail/outbox_mailer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "async/run_blocking.hpp"
#include "base/uuid.hpp"
#include "mail/message_format.hpp"

namespace sovereign::mail {
namespace {

namespace fs = std::filesystem;

Failure unavailable(std::string_view action, const fs::path& path) {
  return base::fail(ErrorCode::unavailable, "The mail cannot be sent now; try again later.",
                    fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(errno)));
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

/// Writes and syncs a new file; on failure it is gone again and errno says why.
bool write_new_file(const fs::path& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return false;
  const bool written = write_all(fd, text) && ::fsync(fd) == 0;
  const int reason = errno;
  ::close(fd);
  if (!written) ::unlink(path.c_str());
  errno = reason;
  return written;
}

bool sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced;
}

Result<void> deliver(const fs::path& folder, const std::string& name, const std::string& text) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return unavailable("make", folder);
  const auto draft = folder / ("." + name + ".part");
  const auto path = folder / name;
  if (!write_new_file(draft, text)) return unavailable("write", draft);
  if (::rename(draft.c_str(), path.c_str()) != 0 || !sync_folder(folder))
    return unavailable("name", path);
  return {};
}

/// 20250615T150640.000042Z
std::string time_for_name(Timestamp time) {
  auto text = base::to_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  text.pop_back();
  const auto fraction = time - std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{}.{:06}Z", text, fraction.count());
}

}  // namespace

OutboxMailer::OutboxMailer(fs::path folder, std::string from, async::WorkerPool& pool,
                           const Clock& clock, base::Random& random)
    : folder_(std::move(folder)),
      from_(std::move(from)),
      pool_(pool),
      clock_(clock),
      random_(random) {}

Task<void> OutboxMailer::send(Message message) {
  const auto now = clock_.now();
  const auto id = base::Uuid::generate(random_).to_string();
  const Envelope envelope{.from = from_, .message_id = id, .date = now};
  auto text = format_message(message, envelope);
  if (!text) co_return Failure(std::move(text).error());
  auto name = fmt::format("{}-{:06}-{}.eml", time_for_name(now), ++sent_, id.substr(0, 8));
  auto job = [folder = folder_, name = std::move(name), text = *std::move(text)]() -> Result<void> {
    return deliver(folder, name, text);
  };
  co_return co_await async::run_blocking(pool_, std::move(job));
}

}  // namespace sovereign::mail
