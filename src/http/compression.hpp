// gzip for answers: what the client accepts (RFC 9110 section 12.5.3), which types are worth it,
// and a deflate state that is reused from answer to answer.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace sovereign::http {

struct AcceptedCodings {
  bool prefers_gzip = false;      ///< At least as welcome as the plain form.
  bool refuses_identity = false;  ///< `identity;q=0`, or `*;q=0` without naming identity.
};

/// Reads an Accept-Encoding value; empty (or an absent header) accepts the plain form only.
AcceptedCodings parse_accept_encoding(std::string_view value);

/// text/*, JSON, XML, JavaScript, SVG: types that shrink.
bool is_compressible(std::string_view content_type);

/// Not thread-safe: one a loop. Holds about 256 KiB once used.
class GzipCompressor {
 public:
  GzipCompressor();
  ~GzipCompressor();
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  /// Replaces `out` by the gzip form of `text`; false when memory is short.
  bool compress(std::string_view text, std::string& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace sovereign::http
