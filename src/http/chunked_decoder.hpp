// Decodes a chunked request body (RFC 9112 section 7.1). Extensions and trailers are checked for
// their form, bounded and dropped. Byte by byte between the data, so it never looks back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/head_parser.hpp"

namespace sovereign::http {

class ChunkedDecoder {
 public:
  /// More than this of extensions and trailers, over a whole body, is an attack, not metadata.
  static constexpr std::size_t kMaxOverheadBytes = 8 * 1024;

  /// `limit`: of the decoded bytes.
  explicit ChunkedDecoder(std::uint64_t limit) : limit_(limit) {}

  /// Appends what `bytes` decode to; returns how many of them belong to the body (all, unless it
  /// ends or is refused among them).
  std::size_t feed(std::string_view bytes, std::string& decoded);

  Progress progress() const { return progress_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    blank,
    extension,
    size_line_feed,
    data,
    data_return,
    data_line_feed,
    trailer_first,
    trailer_name,
    trailer_value,
    trailer_line_feed,
    end_line_feed,
  };

  void step(char c);
  void on_size(char c);
  void on_size_end(char c);
  void on_extension(char c);
  void on_trailer(char c);
  void expect(char c, char wanted, State next);
  bool spend_overhead();
  void refuse(int status, std::string_view detail);

  std::uint64_t limit_;
  std::uint64_t decoded_ = 0;
  std::uint64_t chunk_ = 0;  // Of the current chunk: its size, then what is left of it.
  std::size_t overhead_ = 0;
  unsigned digits_ = 0;
  State state_ = State::size_first;
  Progress progress_ = Progress::incomplete;
  Refusal refusal_;
};

}  // namespace sovereign::http
