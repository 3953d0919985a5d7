// An application for tests of the transport: echoes, stalls and remembers, as the path says.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/application.hpp"

namespace sovereign::support {

/// GET /stall waits until it is cancelled; /later answers from a coroutine; /throw and /throw-later
/// throw; /large?N answers N bytes; /fixed has headers and a tag; /break tries to inject headers;
/// /status?N answers that status; every other path is echoed: "METHOD path ?query\n" and the body.
class EchoApplication final : public http::Application {
 public:
  http::Handling handle(http::Request& request) override;
  http::Response refuse(int status, std::string_view detail, http::Request& request) override;
  void completed(const http::Request& request, const http::Outcome& outcome) override;

  /// Targets that were handled, in order.
  std::vector<std::string> handled() const;
  /// Waits until `count` requests were completed; their outcomes in order.
  std::vector<http::Outcome> wait_completed(std::size_t count) const;
  /// Waits until `count` coroutines of /stall were entered, or ended.
  void wait_stalled(std::size_t count) const;
  void wait_unstalled(std::size_t count) const;

  std::string large_body = std::string(8 * 1024 * 1024, 'L');

 private:
  http::Response echo(const http::Request& request) const;
  boost::asio::awaitable<http::Response> stall(const http::Request& request);
  void count(std::size_t& counter);
  void wait_for(const std::size_t& counter, std::size_t count) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> handled_;
  std::vector<http::Outcome> outcomes_;
  std::size_t stalled_ = 0;
  std::size_t unstalled_ = 0;
};

}  // namespace sovereign::support
