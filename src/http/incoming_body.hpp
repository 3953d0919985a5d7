// Request bodies that are read while they arrive, for routes that take more than fits in memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "async/task.hpp"
#include "http/request.hpp"

namespace sovereign::http {

/// How a request's body is streamed.
struct StreamedBody {
  std::uint64_t limit_bytes = 0;  ///< Decoded; 413.
  /// How long the handler may take from the body's last byte to its answer.
  std::chrono::milliseconds handler_timeout{30'000};
};

/// Belongs to the connection; on its loop's thread only, while the handler runs.
class IncomingBody {
 public:
  virtual ~IncomingBody() = default;

  /// The next bytes, valid until the next call; empty once the body has ended, never before. Holds
  /// the client back while nobody reads. Errors: `malformed` (bad chunks), `too_large`,
  /// `unavailable` (the client went away); one that is too slow ends the handler by cancellation.
  virtual Task<std::string_view> read() = 0;
};

/// A request's body part by part, whether it is streamed or was read before.
class BodyParts {
 public:
  /// `request` must outlive it.
  explicit BodyParts(const Request& request) : incoming_(request.incoming), whole_(request.body) {}

  /// As IncomingBody::read().
  Task<std::string_view> read() {
    if (incoming_ == nullptr) co_return std::exchange(whole_, {});
    auto reading = incoming_->read();
    co_return co_await std::move(reading);
  }

 private:
  IncomingBody* incoming_;
  std::string_view whole_;
};

}  // namespace sovereign::http
