#include "blob/s3_reader.hpp"

#include <charconv>
#include <utility>

namespace sovereign::blob {
namespace {

constexpr int kReopens = 3;

}  // namespace

std::optional<std::uint64_t> content_length(const http::ClientResponse& response) {
  const auto text = response.header("Content-Length");
  std::uint64_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return {};
  return length;
}

S3Reader::S3Reader(S3Store& store, Key key, ByteRange range, http::ClientStream stream)
    : store_(store),
      key_(std::move(key)),
      range_(range),
      etag_(stream.head().header("ETag")),
      stream_(std::move(stream)) {}

Task<std::string_view> S3Reader::read() {
  while (given_ < range_.size) {
    auto reading = stream_.read();
    auto part = co_await std::move(reading);
    if (part && !part->empty()) {
      part_ = std::move(*part);
      given_ += part_.size();
      if (given_ > range_.size) {
        co_return store_.failed({.code = ErrorCode::unavailable, .context = "S3: too many bytes"});
      }
      co_return std::string_view(part_);
    }
    if (!part && part.error().name == http::Client::kCancelled) co_return Failure(part.error());
    if (++reopened_ > kReopens) {
      co_return store_.failed(
          {.code = ErrorCode::unavailable,
           .context = part ? "S3: an object ended early" : part.error().detail});
    }
    auto reopening = reopen();
    if (auto opened = co_await std::move(reopening); !opened) {
      co_return store_.failed(
          {.code = ErrorCode::unavailable,
           .context = "S3: not the rest of an object: " + opened.error().context});
    }
  }
  co_return std::string_view{};
}

Task<void> S3Reader::reopen() {
  auto opening = store_.open(key_, ByteRange{range_.first + given_, range_.size - given_}, etag_);
  auto stream = co_await std::move(opening);
  if (!stream) co_return Failure(std::move(stream.error()));
  if (stream->head().status != 206) {
    co_return base::fail(ErrorCode::unavailable, "", "status without the range");
  }
  stream_ = std::move(*stream);
  co_return Result<void>{};
}

}  // namespace sovereign::blob
