#include "core/audit/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/encoding.hpp"
#include "core/audit/audit_chain.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kFormat = "opensentience.audit.checkpoint.1";
constexpr std::size_t kHashCharacters = 64;
/// More than a line ever has.
constexpr std::size_t kMaxLine = 512;

std::int64_t microseconds(base::Timestamp at) { return at.time_since_epoch().count(); }

std::string signed_message(const Checkpoint& checkpoint) {
  const std::string sequence = fmt::format("{}", checkpoint.sequence);
  const std::string at = fmt::format("{}", microseconds(checkpoint.at));
  return netstrings(std::array<std::string_view, 4>{kFormat, sequence, at, checkpoint.hash});
}

Failure cannot(std::string_view action, const std::filesystem::path& path) {
  return base::fail(ErrorCode::unavailable,
                    fmt::format("The file of audit checkpoints, {}: cannot {}: {}.", path.string(),
                                action, std::strerror(errno)));
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

/// Where the file's last whole line ends; -1 with errno on failure.
off_t end_of_lines(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return -1;
  std::array<char, kMaxLine> tail{};
  const off_t begin = std::max<off_t>(0, status.st_size - static_cast<off_t>(tail.size()));
  const ssize_t size = ::pread(fd, tail.data(), tail.size(), begin);
  if (size < 0) return -1;
  const std::string_view text(tail.data(), static_cast<std::size_t>(size));
  const std::size_t last = text.rfind('\n');
  return last == std::string_view::npos ? begin : begin + static_cast<off_t>(last) + 1;
}

bool write_at(int fd, std::string_view text, off_t offset) {
  while (!text.empty()) {
    const ssize_t written = ::pwrite(fd, text.data(), text.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
    offset += written;
  }
  return true;
}

/// Takes the next space-separated word off `line`.
std::string_view next_word(std::string_view& line) {
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), word.size() + 1));
  return word;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Checkpoint signed_by(const crypto::Ed25519Key& key, Checkpoint checkpoint) {
  checkpoint.signature = base::to_base64url(key.sign(signed_message(checkpoint)));
  return checkpoint;
}

bool is_signed_by(const crypto::Ed25519PublicKey& key, const Checkpoint& checkpoint) {
  const auto signature = base::from_base64url(checkpoint.signature);
  return signature && crypto::verify_ed25519(key, signed_message(checkpoint), *signature);
}

std::string to_line(const Checkpoint& checkpoint) {
  return fmt::format("{} {} {} {}\n", checkpoint.sequence, microseconds(checkpoint.at),
                     checkpoint.hash, checkpoint.signature);
}

std::optional<Checkpoint> parse_checkpoint(std::string_view line) {
  const auto sequence = parse_number(next_word(line));
  const auto at = parse_number(next_word(line));
  const auto hash = next_word(line);
  const auto signature = next_word(line);
  if (!sequence || *sequence < 1 || !at || hash.size() != kHashCharacters || signature.empty() ||
      !base::from_base64url(signature) || !line.empty())
    return std::nullopt;
  return Checkpoint{.sequence = *sequence,
                    .hash = std::string(hash),
                    .at = base::Timestamp(std::chrono::microseconds(*at)),
                    .signature = std::string(signature)};
}

Result<void> append_to_file(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  const File file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return cannot("open it", path);
  const off_t end = end_of_lines(file.get());
  if (end < 0) return cannot("read it", path);
  if (::ftruncate(file.get(), end) != 0) return cannot("write it", path);
  if (write_at(file.get(), to_line(checkpoint), end) && ::fdatasync(file.get()) == 0) return {};
  auto failure = cannot("write it", path);
  // Half a line does no harm: the next one takes its place.
  (void)::ftruncate(file.get(), end);
  return failure;
}

Result<std::vector<Checkpoint>> read_checkpoint_file(const std::filesystem::path& path) {
  std::vector<Checkpoint> checkpoints;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT) return checkpoints;
  if (!file) return cannot("open it", path);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    auto checkpoint = parse_checkpoint(line);
    if (!checkpoint) {
      return base::fail(ErrorCode::malformed, fmt::format("Line {} of {} is no checkpoint.",
                                                          checkpoints.size() + 1, path.string()));
    }
    checkpoints.push_back(std::move(*checkpoint));
  }
  if (file.bad()) return cannot("read it", path);
  return checkpoints;
}

}  // namespace sovereign::core
