// What a streamed answer has brought and its reader has not taken yet: the one place where the
// client's thread and the reader meet.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace sovereign::http {

class ClientStreamBuffer {
 public:
  using Outcome = Result<std::string>;
  /// Called once, from either side; must only hand the outcome on.
  using Reader = std::move_only_function<void(Outcome)>;

  /// What take() found.
  struct Taken {
    std::optional<Outcome> outcome;  ///< None: nothing yet.
    bool was_full = false;           ///< The sender waits and must be told to go on.
  };

  explicit ClientStreamBuffer(std::size_t window) : window_(window) {}

  /// Client's thread: keeps `bytes` or hands them to the waiting reader; false when the window is
  /// full, then they must come again.
  bool put(std::string_view bytes);
  /// Client's thread: nothing more comes; without an error the answer is complete.
  void end(std::optional<Error> error);

  /// Reader: all there is, without waiting.
  Taken take();
  /// Reader: after a take() that found nothing; `reader` is called with what comes next.
  void wait(Reader reader);

 private:
  std::optional<Outcome> take_locked();

  const std::size_t window_;
  std::mutex mutex_;
  std::string bytes_;
  bool is_full_ = false;
  bool has_ended_ = false;
  std::optional<Error> error_;
  Reader reader_;
};

}  // namespace sovereign::http
