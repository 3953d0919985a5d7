// Redis' protocol (RESP 2, https://redis.io/docs/reference/protocol-spec): commands out, replies
// in. hiredis reads the replies; nothing else of it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace sovereign::cache {

struct Reply {
  enum class Kind { nil, status, error, integer, text, array };

  Kind kind = Kind::nil;
  std::string text;  ///< Of a status, error or text.
  std::int64_t integer = 0;
  std::vector<Reply> items = {};

  bool is_error() const { return kind == Kind::error; }
  /// The word an error begins with, such as WRONGPASS: the only part of one that may be logged,
  /// since the rest may quote the command with its secrets. Empty for what is not such a word.
  std::string_view error_code() const;

  bool operator==(const Reply&) const = default;
};

/// A command as an array of bulk strings.
std::string encode_command(std::span<const std::string_view> words);

/// Reads replies out of a stream of bytes. What is larger than these bounds ends the stream.
class ReplyReader {
 public:
  static constexpr std::size_t kMaxBytes = 16UL * 1024 * 1024;  ///< Of one reply.
  static constexpr std::size_t kMaxItems = 1024UL * 64;         ///< Of one array.

  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void feed(std::string_view bytes);
  /// The next reply; nullopt until more is fed. Error: malformed, and for good.
  Result<std::optional<Reply>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sovereign::cache
