// Renders responses: the head as bytes, the body as a view (plain) or gzipped. What a handler says
// cannot break the framing: header values with CR, LF or NUL and framing headers are left out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/compression.hpp"
#include "http/http_date.hpp"
#include "http/outgoing_stream.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace sovereign::http {

/// What to say about the connection. HTTP/1.1 is persistent unless told otherwise, 1.0 is not.
enum class Persistence : std::uint8_t { implied, keep_alive, close };

struct WriterOptions {
  std::size_t compress_from = 1024;
  std::string server_product;  ///< "name/1.0" for the Server header; empty: no such header.
};

/// A rendered answer; strings are kept from one to the next for their memory.
struct RenderedResponse {
  std::string head;
  std::string_view body;  ///< Into the Response, or into `packed`; empty for HEAD.
  std::string packed;
};

/// Not thread-safe: one a loop.
class ResponseWriter {
 public:
  explicit ResponseWriter(const WriterOptions& options);

  /// `response` must stay alive and unchanged as long as the result is used.
  void render(const Request& request, const Response& response, Persistence persistence,
              RenderedResponse& out);

  /// Only the head of a streamed response.
  void render_stream_head(const Request& request, const Response& response, Persistence persistence,
                          StreamFraming framing, RenderedResponse& out);

 private:
  void begin_head(const Response& response, Persistence persistence, std::string& head);
  bool pack(const Request& request, const Response& response, RenderedResponse& out);
  void append_content(const Response& response, RenderedResponse& out, bool packed);
  void append_etag(const Request& request, const Response& response, std::string& head,
                   bool packed);

  WriterOptions options_;
  std::string server_line_;
  DateCache date_;
  GzipCompressor compressor_;
};

}  // namespace sovereign::http
