#include "http/outbound.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <mutex>

#include "async/run_blocking.hpp"
#include "http/public_address.hpp"

namespace sovereign::http {

namespace {

struct Transfer {
  const OutboundOptions& options;
  OutboundResponse response;
  bool refused_address = false;
  bool too_large = false;
};

/// Looks at the address that is really connected to, so a name that resolves differently the
/// second time gains nothing.
curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* target) {
  auto& transfer = *static_cast<Transfer*>(context);
  boost::asio::ip::tcp::endpoint endpoint;
  if (target->addrlen > endpoint.capacity()) return CURL_SOCKET_BAD;
  std::memcpy(endpoint.data(), &target->addr, target->addrlen);
  const bool is_internet = target->family == AF_INET || target->family == AF_INET6;
  if (!is_internet ||
      (!transfer.options.allow_private_addresses && !is_public_address(endpoint.address()))) {
    transfer.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (size > transfer.options.body_bytes - transfer.response.body.size()) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(bytes, size);
  return size;
}

void configure(CURL* curl, const std::string& url, Transfer& transfer) {
  const auto timeout = static_cast<long>(transfer.options.total_timeout.count());
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // Not even one of the environment.
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "agentvault-registry");
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
}

Failure failure_of(CURLcode code, const Transfer& transfer) {
  if (transfer.too_large) {
    return base::fail(ErrorCode::too_large, "The other server's answer is too large.");
  }
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:
      return base::fail(ErrorCode::malformed,
                        "Only http and https URLs without credentials can be fetched.");
    case CURLE_OPERATION_TIMEDOUT:
      return base::fail(ErrorCode::timed_out, "The other server did not answer in time.");
    default: break;
  }
  if (code == CURLE_COULDNT_CONNECT && transfer.refused_address) {
    return base::fail(ErrorCode::forbidden, "The URL's address is not on the public internet.");
  }
  return base::fail(ErrorCode::unavailable, "The other server cannot be reached.",
                    curl_easy_strerror(code));
}

Result<OutboundResponse> fetch(const std::string& url, const OutboundOptions& options) {
  static std::once_flag initialised;  // libcurl's own state; once a process, before any use.
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  if (!curl) return base::fail(ErrorCode::unavailable, "The other server cannot be asked now.");
  Transfer transfer{.options = options};
  configure(curl.get(), url, transfer);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return failure_of(code, transfer);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace

Task<OutboundResponse> OutboundClient::get(std::string url) {
  auto job = [url = std::move(url), options = options_] { return fetch(url, options); };
  auto outcome = co_await async::run_blocking(pool_, std::move(job));
  co_return outcome;
}

Task<std::vector<std::string>> OutboundClient::txt_records(std::string name) {
  auto job = [name = std::move(name), server = options_.name_server] {
    return query_txt(name, server);
  };
  auto outcome = co_await async::run_blocking(pool_, std::move(job));
  co_return outcome;
}

}  // namespace sovereign::http
