// The one interface to stored objects: bytes under a key, in a folder or in an S3 bucket. Two
// engines stand behind it, with the same test suite. What objects mean, who owns them and when they
// go is for the features that keep rows about them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "async/task.hpp"
#include "blob/types.hpp"

namespace sovereign::blob {

/// One object being read. Used by one coroutine at a time; may be dropped at any moment.
class Reader {
 public:
  virtual ~Reader() = default;

  /// How many bytes the whole read gives.
  virtual std::uint64_t size() const = 0;

  /// The next bytes, valid until the next call; empty once all were given, never before. Errors:
  /// `unavailable` (also when the object is gone or was cut short meanwhile).
  virtual Task<std::string_view> read() = 0;
};

/// Any member may be called from any thread; coroutines resume on their own executor. Keys and
/// contents must outlive the call. Environment failures (full disk, S3 away, wrong credentials, no
/// such bucket) are `unavailable` with a retry_after and the cause in the context; the same store
/// works again once the cause is gone. Every call ends within the store's deadlines, and with its
/// coroutine's cancellation.
class Store {
 public:
  virtual ~Store() = default;

  /// Stores `content` durably under `key`, replacing what was there, wholly or not at all: a reader
  /// sees the old object or the new one. Error: `internal` when the source does not have the size
  /// and the digest it was said to have; nothing is stored then.
  virtual Task<void> put(const Key& key, const Content& content) = 0;

  /// Opens an object, all of it or a range, which must lie inside it. Errors: `not_found`,
  /// `unprocessable` (the range does not lie inside).
  virtual Task<std::unique_ptr<Reader>> get(const Key& key,
                                            std::optional<ByteRange> range = {}) = 0;

  /// An object's size; nullopt when there is none.
  virtual Task<std::optional<std::uint64_t>> head(const Key& key) = 0;

  /// Removes an object; none is no error.
  virtual Task<void> remove(const Key& key) = 0;

  /// Whether objects can be stored and read now: for readiness.
  virtual Task<void> check() = 0;

  /// "files" or "s3".
  virtual std::string_view engine() const = 0;
};

}  // namespace sovereign::blob
