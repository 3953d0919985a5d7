// Opening files in folders that somebody else may write to, without ever leaving them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace sovereign::core {

/// An open file, closed at the end. Negative: none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  /// The caller closes it.
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// openat2 with RESOLVE_BENEATH, no symbolic and no magic links; none with errno on failure.
/// O_CLOEXEC is added.
Descriptor open_beneath(int directory, const std::string& relative, std::uint64_t flags);

}  // namespace sovereign::core
