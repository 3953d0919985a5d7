// A blocking HTTP/1.1 client for tests: sends exactly the bytes it is told to, and reads answers
// one by one from a connection that stays open. Nothing takes longer than kPatience.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sovereign::support {

inline constexpr std::chrono::seconds kPatience{10};

struct HttpResponse {
  int status = 0;
  std::string head;  ///< Status line and headers as received.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The first value of this header (any case), or empty.
  std::string header(std::string_view name) const;
  bool has_header(std::string_view name) const;
};

class HttpClient {
 public:
  enum class Body { as_announced, none };  ///< none: for the answer to a HEAD.

  /// Connects to 127.0.0.1. Throws std::runtime_error when it cannot, as every function here.
  explicit HttpClient(std::uint16_t port);
  /// Connects to a Unix-domain socket.
  explicit HttpClient(const std::filesystem::path& socket);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void send(std::string_view bytes);
  /// As send, but a connection that the server closed meanwhile is no error.
  void send_until_closed(std::string_view bytes);
  /// Tells the server that nothing more comes; answers can still be read.
  void shutdown_send();
  /// Closes at once, with a reset rather than a farewell.
  void reset();

  /// The next response, framed by Content-Length; 1xx, 204 and 304 have no body.
  HttpResponse read_response(Body body = Body::as_announced);
  /// The next chunk of a chunked body, whose head was read with Body::none; empty: it ended.
  std::string read_chunk();
  /// Waits for the server to close; what it still sent before that.
  std::string read_until_closed();
  /// Whether something (bytes or the end) arrives within `time`.
  bool wait_readable(std::chrono::milliseconds time);

  /// Sends a request with a Host header and reads its answer.
  HttpResponse request(std::string_view method, std::string_view target,
                       std::string_view extra_headers = {}, std::string_view body = {});
  HttpResponse get(std::string_view target, std::string_view extra_headers = {}) {
    return request("GET", target, extra_headers);
  }

 private:
  void connect(const void* address, std::size_t size);
  std::string take(std::size_t bytes);
  std::string take_line();
  bool receive();

  int socket_ = -1;
  std::string held_;  // Received, not yet read.
};

}  // namespace sovereign::support
