// The few requests this server makes to addresses that strangers name (ownership verification):
// small, short, and never into private networks, whatever the DNS says.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "http/dns_txt.hpp"

namespace sovereign::http {

struct OutboundOptions {
  std::chrono::milliseconds total_timeout{5000};  ///< From name resolution to the last byte.
  std::size_t body_bytes = 4 * 1024;              ///< More is an error.
  bool allow_private_addresses = false;           ///< Loopback, LAN ...: for tests and intranets.
  std::optional<NameServer> name_server;          ///< For TXT queries; the system's otherwise.
};

struct OutboundResponse {
  int status = 0;  ///< As received: redirects are not followed.
  std::string body;
};

class OutboundClient {
 public:
  /// Each call blocks a thread of `pool` for up to the timeout, so `pool` should serve nothing
  /// urgent. It must outlive the client.
  OutboundClient(async::WorkerPool& pool, OutboundOptions options)
      : pool_(pool), options_(std::move(options)) {}

  /// GETs an http or https URL; TLS is verified against the system's roots, proxies of the
  /// environment are ignored. Errors: `malformed` (no such URL, or with credentials), `forbidden`
  /// (its address is not public), `timed_out`, `too_large`, `unavailable` (no connection, bad TLS,
  /// busy).
  Task<OutboundResponse> get(std::string url);

  /// The TXT records of a name; errors of query_txt.
  Task<std::vector<std::string>> txt_records(std::string name);

 private:
  async::WorkerPool& pool_;
  const OutboundOptions options_;
};

}  // namespace sovereign::http
