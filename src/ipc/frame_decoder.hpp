// Cuts a byte stream into frames: a length of 4 bytes, big-endian, then that many bytes. Pure;
// bytes may come in any portions.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sovereign::ipc {

inline constexpr std::size_t kLengthBytes = 4;

enum class FrameError {
  empty,      ///< A length of zero.
  too_large,  ///< A length over the limit.
};

class FrameDecoder {
 public:
  explicit FrameDecoder(std::size_t max_frame_bytes);

  /// Where to put the next bytes; never empty. Its memory follows the bytes that came, not the
  /// length that was announced. Ends the validity of frames handed out.
  std::span<char> space();
  /// `bytes` were put at the front of space().
  void commit(std::size_t bytes);

  /// The next whole frame without its length, nothing when more bytes are needed. After an error
  /// the stream has no meaning any more. The view is valid until space().
  std::expected<std::optional<std::string_view>, FrameError> next();

  /// Whether a part of a frame is held: the stream may not end here.
  bool is_within_frame() const { return begin_ < end_; }

  /// Bytes of memory held.
  std::size_t capacity() const { return buffer_.size(); }

 private:
  std::size_t pending() const { return end_ - begin_; }
  /// Of the frame at the front with its length; nothing before its length is here.
  std::optional<std::size_t> announced() const;

  const std::size_t max_frame_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace sovereign::ipc
