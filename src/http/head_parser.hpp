// Reads a request's head (request line and headers) strictly, on top of Beast's parser, whose
// known gaps it closes: Transfer-Encoding in any form but one `chunked`, list-valued or repeated
// Content-Length, missing or repeated Host, folded lines, characters outside ASCII in the target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace sovereign::http {

inline constexpr std::size_t kMaxTargetBytes = 8 * 1024;  ///< As RFC 9110 section 4.1 recommends.

enum class Progress : std::uint8_t { incomplete, complete, refused };

/// Why a request is not served. The detail is a constant sentence that may be shown.
struct Refusal {
  int status = 0;
  std::string_view detail;
};

enum class BodyFraming : std::uint8_t { none, sized, chunked };

struct Head {
  Method method = Method::get;
  std::string_view target;
  std::string_view path;
  std::string_view query;
  std::vector<Header> headers;
  BodyFraming framing = BodyFraming::none;
  std::uint64_t content_length = 0;
  bool is_http_1_0 = false;
  bool keep_alive = false;
  bool expects_continue = false;
};

struct HeadLimits {
  std::size_t bytes = 16 * 1024;
  std::size_t header_count = 100;
};

/// The outcome depends on the bytes alone, not on how they were split on the way.
class HeadParser {
 public:
  explicit HeadParser(const HeadLimits& limits) : limits_(limits) {}

  /// Forgets everything, for the next request.
  void reset();

  /// `input` begins with the request's first byte and holds all that arrived; between calls it may
  /// grow and move. Bytes after the head are left alone.
  Progress advance(std::string_view input);

  /// Bytes of the head, once complete.
  std::size_t size() const { return scanned_; }

  /// Once complete; its views point into the last `input`. When refused, what could be read.
  const Head& head() const { return head_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  Progress begin(std::string_view input);
  Progress scan_lines(std::string_view input);
  Progress end_line(std::string_view input, std::size_t line_feed);
  Progress check_size(std::size_t end);
  Progress check_request_line(std::string_view input);
  Progress parse_all(std::string_view input);
  Progress refuse(int status, std::string_view detail);

  HeadLimits limits_;
  Head head_;
  Refusal refusal_;
  std::size_t start_ = 0;  // After the empty line that may come before a request.
  std::size_t line_start_ = 0;
  std::size_t scanned_ = 0;
  std::size_t request_line_end_ = 0;  // 0 until its line feed was seen.
  std::size_t header_lines_ = 0;
  bool begun_ = false;
  bool request_line_checked_ = false;
};

}  // namespace sovereign::http
