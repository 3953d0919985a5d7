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
#include "http/client.hpp"
#include "http/dns_txt.hpp"

namespace sovereign::http {

struct OutboundOptions {
  std::chrono::milliseconds total_timeout{5000};  ///< From name resolution to the last byte.
  std::size_t body_bytes = 4 * 1024;              ///< More is an error.
  bool allow_private_addresses = false;           ///< Loopback, LAN ...: for tests and intranets.
  std::optional<NameServer> name_server;          ///< For TXT queries; the system's otherwise.
};

class OutboundClient {
 public:
  /// A TXT query blocks a thread of `pool` for up to the timeout, so `pool` should serve nothing
  /// urgent. Both must outlive this.
  OutboundClient(Client& client, async::WorkerPool& pool, OutboundOptions options)
      : client_(client), pool_(pool), options_(std::move(options)) {}

  /// GETs an http or https URL within the options. Errors: as Client.
  Task<ClientResponse> get(std::string url);

  /// The TXT records of a name; errors of query_txt.
  Task<std::vector<std::string>> txt_records(std::string name);

 private:
  Client& client_;
  async::WorkerPool& pool_;
  const OutboundOptions options_;
};

}  // namespace sovereign::http
