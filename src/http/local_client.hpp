// A blocking HTTP/1.1 client over a Unix-domain socket, for command line programs that talk to
// their own daemon.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"

namespace sovereign::http {

/// Error::name of a request that found nobody: no socket file, or nobody listens behind it.
inline constexpr std::string_view kDaemonNotRunning = "daemon.not_running";

struct LocalRequest {
  Method method = Method::get;
  std::string target;  ///< Path and query, percent-encoded: "/api/v1/agents?q=x".
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< Sent as application/json unless `headers` says otherwise.
};

struct LocalResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< Empty when a callback took it.

  /// The first value of this header (any case), or empty.
  std::string_view header(std::string_view name) const;
};

struct LocalClientOptions {
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds total_timeout{0};  ///< Of request(); zero: none.
  std::size_t body_bytes = 64 * 1024 * 1024;   ///< Of a collected body; more is an error.
};

/// What a callback wants next.
enum class Continue : bool { no, yes };

/// One connection, kept from one request to the next. Not thread-safe.
class LocalClient {
 public:
  explicit LocalClient(std::filesystem::path socket, LocalClientOptions options = {});
  ~LocalClient();
  LocalClient(const LocalClient&) = delete;
  LocalClient& operator=(const LocalClient&) = delete;

  /// Any status is an answer. Errors: `unavailable` named kDaemonNotRunning; `forbidden` (the
  /// socket is another user's); `timed_out`; `too_large`; `unavailable` (the daemon ended
  /// mid-answer, or spoke no HTTP).
  Result<LocalResponse> request(const LocalRequest& request);

  /// As request(), without a total timeout; the body of a 2xx answer goes to `on_bytes` as it
  /// comes, other answers are collected. Ends well, with what is known, when the callback says no.
  /// A stop request, which may come from any thread, ends it at once as `unavailable` named
  /// kAborted.
  using OnBytes = std::function<Continue(std::string_view bytes)>;
  Result<LocalResponse> stream(const LocalRequest& request, const OnBytes& on_bytes,
                               std::stop_token stop = {});

  /// stream() by whole lines, without their line ends (for application/x-ndjson and text).
  Result<LocalResponse> stream_lines(const LocalRequest& request, const OnBytes& on_line,
                                     std::stop_token stop = {});

  static constexpr std::string_view kAborted = "client.aborted";

 private:
  struct Handles;

  const std::filesystem::path socket_;
  const LocalClientOptions options_;
  std::unique_ptr<Handles> handles_;
};

}  // namespace sovereign::http
