// The HTTP client for everything this program asks of other servers: peers, object stores,
// endpoints that strangers name. Small and strict: HTTP/1.1 over kept connections, verified TLS, no
// redirects, no proxies of the environment, limits on everything.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "base/file_descriptor.hpp"
#include "http/request.hpp"

namespace sovereign::http {

/// Signs the request with AWS Signature Version 4. The service "s3" also needs the caller's own
/// x-amz-content-sha256 header and a query sorted by name.
struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string region;   ///< "us-east-1"
  std::string service;  ///< "s3"
};

/// A request body read from a file while it is sent.
struct FileBody {
  /// Shared with the sending thread, which may outlive a cancelled caller by a moment. Read with
  /// pread(2): its position is neither used nor changed.
  std::shared_ptr<const base::FileDescriptor> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< Bytes sent; a file that turns out shorter is `unavailable`.
};

/// May a request be sent again when a kept connection turns out dead before any answer?
enum class Repeat : std::uint8_t { by_method, allowed, forbidden };

struct ClientRequest {
  Method method = Method::get;
  std::string url;  ///< http or https, without credentials.
  /// A line break or NUL in one of them is `malformed`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Sent with POST, PUT, PATCH, and DELETE when not empty; as application/json unless `headers`
  /// says otherwise.
  std::string body;
  std::optional<FileBody> file;  ///< Instead of `body`; POST and PUT.

  /// request(): from the call to the last byte. stream(): from the call to the end of the head.
  std::chrono::milliseconds timeout{5'000};
  std::chrono::milliseconds connect_timeout{2'000};  ///< Name, TCP and TLS.
  std::chrono::milliseconds idle_timeout{60'000};    ///< stream(): without one byte.
  std::size_t max_body = std::size_t{1} << 20U;      ///< request(): more is `too_large`.
  std::size_t max_head = std::size_t{32} << 10U;     ///< Status line and headers.

  std::string pinned_key;  ///< "sha256//<base64 of the SPKI digest>", besides the usual checks.
  std::filesystem::path ca_file;         ///< PEM roots trusted instead of the system's.
  bool allow_private_addresses = false;  ///< Loopback, LAN ...: for tests and intranets.
  Repeat repeat = Repeat::by_method;     ///< By method: all but POST and PATCH may be.
  std::optional<AwsCredentials> aws;
};

struct ClientResponse {
  int status = 0;  ///< As received: redirects are not followed.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool reused_connection = false;
  std::chrono::microseconds duration{};  ///< On the wire, as the client's thread saw it.

  /// The first value of this header (any case), or empty.
  std::string_view header(std::string_view name) const;
};

struct ClientOptions {
  std::string user_agent = "agentvault-registry";
  std::size_t connections_per_host = 32;  ///< More requests to it wait for one of them.
  std::size_t connections = 256;          ///< In all.
  std::size_t requests = 1'024;           ///< Running and waiting; more are `unavailable` at once.
  std::chrono::seconds keep_idle{60};     ///< A connection unused for longer is not used again.
};

/// Since the start; `running` now. For metrics.
struct ClientCounts {
  std::uint64_t requests = 0;
  std::uint64_t connections_opened = 0;
  std::uint64_t running = 0;
};

class ClientEngine;
class ClientStream;
class ClientTransfer;

/// One thread drives all transfers. Any thread and executor may call; answers arrive on the
/// caller's executor. Asio cancellation (any type) ends the transfer at once, as `unavailable`
/// named kCancelled. Must be stopped before the executors of its callers go.
///
/// Errors of both calls: `malformed` (no such URL, credentials in it, bad header), `forbidden` (the
/// address really connected to is not public), `timed_out`, `too_large`, `unavailable` (no
/// connection, TLS not trusted or not the pinned key, broken answer, busy; `context` says which).
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Any status is an answer.
  Task<ClientResponse> request(ClientRequest request);

  /// Ends with the head of the answer; its body is read from the stream.
  Task<ClientStream> stream(ClientRequest request);

  /// Ends what runs, as `unavailable`, and the thread; later calls are `unavailable` too.
  void stop();

  ClientCounts counts() const;

  static constexpr std::string_view kCancelled = "client.cancelled";
  /// Names the `unavailable` of a server whose certificate or key is not the one wanted.
  static constexpr std::string_view kUntrusted = "client.untrusted";

 private:
  /// Shared with streams, which may be let go of after the client.
  std::shared_ptr<ClientEngine> engine_;
};

/// An answer on its way. Destroying it ends the transfer. One reader at a time.
class ClientStream {
 public:
  ClientStream(ClientStream&&) noexcept;
  ClientStream& operator=(ClientStream&&) noexcept;
  ~ClientStream();

  /// Status and headers; `body` is empty.
  const ClientResponse& head() const { return head_; }

  /// What came since the last call, waiting for the first byte; empty at the end, and only then.
  /// While nobody reads, at most kWindow bytes are kept and the sender is held back. Errors: as
  /// Client, `timed_out` after idle_timeout of silence.
  Task<std::string> read();

  static constexpr std::size_t kWindow = std::size_t{256} << 10U;

 private:
  friend class Client;
  ClientStream(std::shared_ptr<ClientEngine> engine, std::shared_ptr<ClientTransfer> transfer,
               ClientResponse head);
  void end();

  std::shared_ptr<ClientEngine> engine_;
  std::shared_ptr<ClientTransfer> transfer_;  ///< Shared with the engine while it runs.
  ClientResponse head_;
};

}  // namespace sovereign::http
