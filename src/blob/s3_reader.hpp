// An object read from S3; goes on where it was when the connection breaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "blob/s3_store.hpp"

namespace sovereign::blob {

/// The Content-Length of an answer; nullopt when it has none that is a number.
std::optional<std::uint64_t> content_length(const http::ClientResponse& response);

class S3Reader final : public Reader {
 public:
  /// `stream` gives `range` of the object; `store` must outlive the reader.
  S3Reader(S3Store& store, Key key, ByteRange range, http::ClientStream stream);

  std::uint64_t size() const override { return range_.size; }
  Task<std::string_view> read() override;

 private:
  /// Opens what is left, of the same version.
  Task<void> reopen();

  S3Store& store_;
  const Key key_;
  const ByteRange range_;
  const std::string etag_;
  http::ClientStream stream_;
  std::uint64_t given_ = 0;
  int reopened_ = 0;
  std::string part_;
};

}  // namespace sovereign::blob
