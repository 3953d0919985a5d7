#include "ipc/frame_decoder.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sovereign::ipc {
namespace {

constexpr std::size_t kUsualBytes = 16 * 1024;  // An idle connection holds this much.

}  // namespace

FrameDecoder::FrameDecoder(std::size_t max_frame_bytes)
    : max_frame_bytes_(max_frame_bytes), buffer_(kUsualBytes) {}

std::optional<std::size_t> FrameDecoder::announced() const {
  if (pending() < kLengthBytes) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length = length << 8 | static_cast<std::uint8_t>(buffer_[begin_ + i]);
  }
  return length;
}

std::span<char> FrameDecoder::space() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, pending());
    end_ -= begin_;
    begin_ = 0;
  }
  const auto length = announced();
  const std::size_t frame = length ? *length + kLengthBytes : 0;
  if (end_ == buffer_.size()) {
    buffer_.resize(std::min(2 * buffer_.size(), std::max(frame, buffer_.size() + 1)));
  } else if (buffer_.size() > kUsualBytes && end_ <= kUsualBytes / 2 && frame <= kUsualBytes) {
    buffer_.resize(kUsualBytes);
    buffer_.shrink_to_fit();
  }
  return std::span(buffer_).subspan(end_);
}

void FrameDecoder::commit(std::size_t bytes) { end_ += bytes; }

std::expected<std::optional<std::string_view>, FrameError> FrameDecoder::next() {
  const auto length = announced();
  if (!length) return std::nullopt;
  if (*length == 0) return std::unexpected(FrameError::empty);
  if (*length > max_frame_bytes_) return std::unexpected(FrameError::too_large);
  if (pending() < kLengthBytes + *length) return std::nullopt;
  const std::string_view frame(buffer_.data() + begin_ + kLengthBytes, *length);
  begin_ += kLengthBytes + *length;
  return frame;
}

}  // namespace sovereign::ipc
