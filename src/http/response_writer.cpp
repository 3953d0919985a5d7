#include "http/response_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/etag.hpp"
#include "http/status.hpp"

namespace sovereign::http {

namespace {

// Above this, compressing would hold up the loop's other connections for longer than a few ms;
// large static files should come compressed (with their own Content-Encoding).
constexpr std::size_t kCompressUpToBytes = 512 * 1024;

bool is_safe_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

bool is_framing_header(std::string_view name) {
  constexpr std::array<std::string_view, 5> kOurs = {"Content-Length", "Transfer-Encoding",
                                                     "Connection", "Date", "Keep-Alive"};
  return std::ranges::any_of(kOurs, [&](auto ours) { return equals_ignoring_case(ours, name); });
}

std::string_view content_type_of(const Response& response) {
  const std::string_view stored = response.stored_type;
  return stored.empty() || !is_safe_value(stored) ? response.content_type : stored;
}

bool has_coding(const Response& response) {
  return std::ranges::any_of(response.headers, [](const ResponseHeader& header) {
    return equals_ignoring_case(header.name, "Content-Encoding");
  });
}

void append_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void append_length(std::string& head, std::uint64_t length) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
  append_line(head, "Content-Length", {digits.data(), end});
}

void end_head(const Response& response, std::string& head) {
  if (!response.cache_control.empty()) append_line(head, "Cache-Control", response.cache_control);
  for (const ResponseHeader& header : response.headers) {
    if (!is_safe_value(header.value) || is_framing_header(header.name)) continue;
    append_line(head, header.name, header.value);
  }
  head.append("\r\n");
}

void append_persistence(std::string& head, Persistence persistence) {
  if (persistence == Persistence::close) head.append("Connection: close\r\n");
  if (persistence == Persistence::keep_alive) head.append("Connection: keep-alive\r\n");
}

}  // namespace

ResponseWriter::ResponseWriter(const WriterOptions& options) : options_(options) {
  if (!options_.server_product.empty() && is_safe_value(options_.server_product)) {
    append_line(server_line_, "Server", options_.server_product);
  }
}

void ResponseWriter::begin_head(const Response& response, Persistence persistence,
                                std::string& head) {
  head.assign(status_line(response.status));
  append_line(head, "Date", date_.now());
  head.append(server_line_);
  append_persistence(head, persistence);
}

void ResponseWriter::render_stream_head(const Request& request, const Response& response,
                                        Persistence persistence, StreamFraming framing,
                                        RenderedResponse& out) {
  begin_head(response, persistence, out.head);
  if (framing == StreamFraming::chunked) out.head.append("Transfer-Encoding: chunked\r\n");
  if (framing == StreamFraming::sized) append_length(out.head, *response.stream->traits().length);
  append_line(out.head, "Content-Type", content_type_of(response));
  append_etag(request, response, out.head, false);
  end_head(response, out.head);
  out.body = {};
}

void ResponseWriter::render(const Request& request, const Response& response,
                            Persistence persistence, RenderedResponse& out) {
  std::string& head = out.head;
  begin_head(response, persistence, head);
  const bool bodiless = response.status == 204 || response.status == 304;
  out.body = bodiless ? std::string_view{} : response.body.view();
  const bool packed = !bodiless && pack(request, response, out);
  if (!bodiless) append_content(response, out, packed);
  if (response.status == 304) append_line(head, "Vary", "Accept-Encoding");
  append_etag(request, response, head, packed);
  end_head(response, head);
  if (request.method == Method::head) out.body = {};
}

/// Compresses the body if that is welcome and worth it.
bool ResponseWriter::pack(const Request& request, const Response& response, RenderedResponse& out) {
  const auto plain = response.body.view();
  if (plain.empty() || plain.size() > kCompressUpToBytes) return false;
  const auto accepted_value = request.header("Accept-Encoding");
  if (accepted_value.empty() || !is_compressible(content_type_of(response))) return false;
  const auto accepted = parse_accept_encoding(accepted_value);
  if (!accepted.prefers_gzip) return false;
  if (plain.size() < options_.compress_from && !accepted.refuses_identity) return false;
  if (has_coding(response)) return false;
  if (!compressor_.compress(plain, out.packed)) return false;
  if (out.packed.size() >= plain.size() && !accepted.refuses_identity) return false;
  out.body = out.packed;
  return true;
}

void ResponseWriter::append_content(const Response& response, RenderedResponse& out, bool packed) {
  append_length(out.head, out.body.size());
  if (out.body.empty()) return;
  append_line(out.head, "Content-Type", content_type_of(response));
  if (packed) append_line(out.head, "Content-Encoding", "gzip");
  if (is_compressible(content_type_of(response))) append_line(out.head, "Vary", "Accept-Encoding");
}

void ResponseWriter::append_etag(const Request& request, const Response& response,
                                 std::string& head, bool packed) {
  if (response.etag.empty() || !is_safe_value(response.etag)) return;
  if (packed) return append_line(head, "ETag", gzip_etag(response.etag));
  // The client's copy may be the compressed one: a 304 confirms the tag that it holds.
  const auto held = request.header("If-None-Match");
  if (response.status == 304 && held.contains("-gzip\"")) {
    const auto suffixed = gzip_etag(response.etag);
    if (held.contains(suffixed)) return append_line(head, "ETag", suffixed);
  }
  append_line(head, "ETag", response.etag);
}

}  // namespace sovereign::http
