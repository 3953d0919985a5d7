// One exchange of the outbound client: a request laid out for libcurl, what came of it so far, and
// who is told. Lives on the client's thread once it was handed over.
#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/client.hpp"
#include "http/client_stream_buffer.hpp"

namespace sovereign::http {

struct CurlHandleDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleDeleter>;

/// Error: `malformed` for header names and values that could end a line early.
Result<void> check_headers(const ClientRequest& request);

class ClientTransfer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Called once, by request() with the whole answer, by stream() with its head; must only hand the
  /// outcome on.
  using Finish = std::move_only_function<void(Result<ClientResponse>)>;
  enum class Kind : std::uint8_t { whole, stream };

  ClientTransfer(ClientRequest request, Kind kind);

  /// Set before the transfer is handed over.
  void on_finish(Finish finish) { finish_ = std::move(finish); }

  /// Null unless it is a stream.
  ClientStreamBuffer* buffer() { return buffer_ ? &*buffer_ : nullptr; }

  /// Lays the request out on `curl`, which stays the transfer's until release_handle().
  void prepare(CurlHandle curl, const ClientOptions& options, TimePoint now);
  CURL* handle() const { return curl_.get(); }
  CurlHandle release_handle() { return std::move(curl_); }

  /// When a stream will have been silent for too long; none while its reader is the slow one.
  std::optional<TimePoint> deadline() const;
  static Error timed_out();

  /// Lets a sender that was held back go on.
  void resume(TimePoint now);

  /// Tells whoever waits. The first conclusion counts.
  void conclude(CURLcode code);
  void conclude(Error error);

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* target);
  static int before_request(void* self, char* remote, char* local, int remote_port, int local_port);
  static std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t give_body(char* bytes, std::size_t, std::size_t size, void* self);
  static int rewind_body(void* self, curl_off_t offset, int origin);

  void set_limits(const ClientOptions& options);
  void set_trust();
  void set_body();
  void set_headers();
  void set_aws();
  void take_head_line(std::string_view line);
  void head_ended();
  bool may_repeat() const;
  Error error_of(CURLcode code) const;

  const ClientRequest request_;
  std::optional<ClientStreamBuffer> buffer_;
  Finish finish_;
  CurlHandle curl_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr,
                                                                       &curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> message_{};
  ClientResponse response_;
  std::size_t head_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;  ///< Of the file.
  int attempts_ = 0;
  bool has_head_ = false;
  bool refused_address_ = false;
  bool refused_repeat_ = false;
  bool too_large_ = false;
  bool file_too_short_ = false;
  bool is_paused_ = false;
  TimePoint started_{};
  TimePoint heard_at_{};  ///< When the last of the body came, or its reader let it go on.
};

}  // namespace sovereign::http
