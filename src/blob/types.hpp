// The words of the blob store: keys that cannot be wrong, what is put, and what is told of it.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "crypto/digest.hpp"

namespace sovereign::blob {

/// Where an object lies: one to eight segments between slashes, each of `a-z 0-9 - _ .` and not
/// beginning with a dot, 200 bytes in all. Safe as a path below a folder and in a URL as it is.
class Key {
 public:
  /// Error: `malformed`.
  static Result<Key> parse(std::string_view text);

  const std::string& text() const { return text_; }
  auto operator<=>(const Key&) const = default;

 private:
  explicit Key(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// Read from its beginning by pread(2): its position is neither used nor changed. Shared, since a
/// thread that reads it may outlive a cancelled caller by a moment.
using OpenFile = std::shared_ptr<const base::FileDescriptor>;

/// A file, which must not change meanwhile, or bytes, which must outlive the call.
using Source = std::variant<OpenFile, std::string_view>;

/// What is put: bytes whose length and digest are known beforehand.
struct Content {
  Source source;
  std::uint64_t size = 0;
  crypto::Digest256 sha256{};
};

/// Which bytes of an object are read: `size` of them from `first` on, 0-based.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
  bool operator==(const ByteRange&) const = default;
};

}  // namespace sovereign::blob
