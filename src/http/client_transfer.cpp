#include "http/client_transfer.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/encoding.hpp"
#include "http/public_address.hpp"

namespace sovereign::http {
namespace {

constexpr int kMostAttempts = 2;  // One repeat of a request that met a dead connection.
constexpr long kReceiveBytes = 64L * 1024;
// From this size on, a server is given a second to refuse a file before it is sent.
constexpr std::uint64_t kAskFirstBytes = std::uint64_t{1} << 20U;

bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto is_tchar = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.contains(c);
  };
  return !name.empty() && std::ranges::all_of(name, is_tchar);
}

bool is_field_value(std::string_view value) {
  return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
}

bool has_body(Method method, const ClientRequest& request) {
  switch (method) {
    case Method::post:
    case Method::put:
    case Method::patch: return true;
    case Method::delete_: return !request.body.empty();
    case Method::get:
    case Method::head:
    case Method::options: return false;
  }
  return false;
}

std::string_view header_in(const std::vector<std::pair<std::string, std::string>>& headers,
                           std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

long milliseconds(std::chrono::milliseconds time) { return std::max<long>(time.count(), 1); }

Error untrusted(std::string_view detail, std::string context) {
  return {.code = ErrorCode::unavailable,
          .detail = std::string(detail),
          .context = std::move(context),
          .name = Client::kUntrusted};
}

}  // namespace

std::string_view ClientResponse::header(std::string_view name) const {
  return header_in(headers, name);
}

Result<void> check_headers(const ClientRequest& request) {
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value)) {
      return base::fail(ErrorCode::malformed, "A request header cannot be sent as it is.", name);
    }
  }
  return {};
}

ClientTransfer::ClientTransfer(ClientRequest request, Kind kind) : request_(std::move(request)) {
  if (kind == Kind::stream) buffer_.emplace(ClientStream::kWindow);
}

void ClientTransfer::prepare(CurlHandle curl, const ClientOptions& options, TimePoint now) {
  curl_ = std::move(curl);
  started_ = now;
  auto* handle = curl_.get();
  curl_easy_setopt(handle, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(handle, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // Not even one of the environment.
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT,
                   1L);  // Do not wait for a name server on the way out.
  curl_easy_setopt(handle, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &before_request);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  set_limits(options);
  set_trust();
  set_body();
  set_headers();
  set_aws();
}

void ClientTransfer::set_limits(const ClientOptions& options) {
  auto* handle = curl_.get();
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kReceiveBytes);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request_.connect_timeout));
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, static_cast<long>(options.keep_idle.count()));
  if (buffer_) return;  // deadline() watches over streams.
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, milliseconds(request_.timeout));
  curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_.max_body));
}

void ClientTransfer::set_trust() {
  auto* handle = curl_.get();
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, request_.ca_file.c_str());
  }
  // The bundle has all roots, and only without the folder are they parsed once for all connections.
  curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  if (!request_.pinned_key.empty()) {
    curl_easy_setopt(handle, CURLOPT_PINNEDPUBLICKEY, request_.pinned_key.c_str());
  }
}

void ClientTransfer::set_body() {
  auto* handle = curl_.get();
  const auto method = request_.method;
  if (method == Method::head) {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request_.file) {
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(request_.file->size));
    curl_easy_setopt(handle, CURLOPT_EXPECT_100_TIMEOUT_MS,
                     request_.file->size < kAskFirstBytes ? 1L : 1'000L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &give_body);
    curl_easy_setopt(handle, CURLOPT_READDATA, this);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, &rewind_body);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, this);
  } else if (has_body(method, request_)) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.body.c_str());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
  }
  if (method != Method::get && method != Method::head) {
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, std::string(to_string(method)).c_str());
  }
}

void ClientTransfer::set_headers() {
  const auto add = [this](const std::string& line) {
    auto* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  };
  for (const auto& [name, value] : request_.headers) {
    // A header without a value is "name;" to libcurl; "name:" would remove it.
    add(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
  }
  const bool is_typed = !header_in(request_.headers, "Content-Type").empty();
  if (!is_typed && !request_.file && has_body(request_.method, request_)) {
    add("Content-Type: application/json");
  }
  curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers_.get());
}

void ClientTransfer::set_aws() {
  if (!request_.aws) return;
  const auto& aws = *request_.aws;
  const auto scheme = fmt::format("aws:amz:{}:{}", aws.region, aws.service);
  curl_easy_setopt(curl_.get(), CURLOPT_AWS_SIGV4, scheme.c_str());
  curl_easy_setopt(curl_.get(), CURLOPT_USERNAME, aws.access_key_id.c_str());
  curl_easy_setopt(curl_.get(), CURLOPT_PASSWORD, aws.secret_access_key.c_str());
}

/// Looks at the address that is really connected to, so a name that resolves differently the
/// second time gains nothing.
curl_socket_t ClientTransfer::open_socket(void* self, curlsocktype, curl_sockaddr* target) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  boost::asio::ip::tcp::endpoint endpoint;
  if (target->addrlen > endpoint.capacity()) return CURL_SOCKET_BAD;
  std::memcpy(endpoint.data(), &target->addr, target->addrlen);
  const bool is_internet = target->family == AF_INET || target->family == AF_INET6;
  if (!is_internet ||
      (!transfer.request_.allow_private_addresses && !is_public_address(endpoint.address()))) {
    transfer.refused_address_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

/// Before each attempt, on new and kept connections alike: a kept one may be of a request that was
/// allowed more than this one.
int ClientTransfer::before_request(void* self, char* remote, char*, int, int) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  if (!transfer.request_.allow_private_addresses) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(remote, error);
    transfer.refused_address_ = error || !is_public_address(address);
  }
  const int allowed = transfer.may_repeat() ? kMostAttempts : 1;
  transfer.refused_repeat_ = ++transfer.attempts_ > allowed;
  const bool go = !transfer.refused_address_ && !transfer.refused_repeat_;
  return go ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool ClientTransfer::may_repeat() const {
  if (request_.repeat != Repeat::by_method) return request_.repeat == Repeat::allowed;
  return request_.method != Method::post && request_.method != Method::patch;
}

std::size_t ClientTransfer::take_header(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  transfer.head_bytes_ += size;
  if (transfer.head_bytes_ > transfer.request_.max_head) {
    transfer.too_large_ = true;
    return 0;
  }
  if (!transfer.has_head_) transfer.take_head_line(base::trim_ascii({bytes, size}));
  return size;  // Trailers tell us nothing.
}

void ClientTransfer::take_head_line(std::string_view line) {
  if (line.empty()) return head_ended();
  if (response_.status == 0 || (response_.status < 200 && line.starts_with("HTTP/"))) {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    response_.headers.clear();
    return;
  }
  const auto colon = line.find(':');
  if (colon != line.npos) {
    response_.headers.emplace_back(base::trim_ascii(line.substr(0, colon)),
                                   base::trim_ascii(line.substr(colon + 1)));
  }
}

void ClientTransfer::head_ended() {
  if (response_.status < 200) return;  // Interim answers come before the one that counts.
  has_head_ = true;
  heard_at_ = std::chrono::steady_clock::now();
  long connects = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_NUM_CONNECTS, &connects);
  response_.reused_connection = connects == 0;
  if (buffer_ && finish_) std::exchange(finish_, nullptr)(std::move(response_));
}

std::size_t ClientTransfer::take_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  if (transfer.buffer_) {
    transfer.heard_at_ = std::chrono::steady_clock::now();
    transfer.is_paused_ = !transfer.buffer_->put({bytes, size});
    return transfer.is_paused_ ? std::size_t{CURL_WRITEFUNC_PAUSE} : size;
  }
  if (size > transfer.request_.max_body - transfer.response_.body.size()) {
    transfer.too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.response_.body.append(bytes, size);
  return size;
}

std::size_t ClientTransfer::give_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  const auto& body = *transfer.request_.file;
  const auto wanted = std::min<std::uint64_t>(size, body.size - transfer.sent_bytes_);
  if (wanted == 0) return 0;
  const auto position = static_cast<off_t>(body.offset + transfer.sent_bytes_);
  const auto count = ::pread(body.file->get(), bytes, wanted, position);
  if (count <= 0) {
    transfer.file_too_short_ = true;
    return CURL_READFUNC_ABORT;
  }
  transfer.sent_bytes_ += static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

int ClientTransfer::rewind_body(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<ClientTransfer*>(self);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  transfer.sent_bytes_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

std::optional<ClientTransfer::TimePoint> ClientTransfer::deadline() const {
  if (!buffer_ || is_paused_) return std::nullopt;
  return has_head_ ? heard_at_ + request_.idle_timeout : started_ + request_.timeout;
}

void ClientTransfer::resume(TimePoint now) {
  if (!std::exchange(is_paused_, false)) return;
  heard_at_ = now;
  curl_easy_pause(curl_.get(), CURLPAUSE_CONT);
}

void ClientTransfer::conclude(CURLcode code) {
  if (code != CURLE_OK) return conclude(error_of(code));
  if (finish_) {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_TOTAL_TIME_T, &microseconds);
    response_.duration = std::chrono::microseconds(microseconds);
    std::exchange(finish_, nullptr)(std::move(response_));
  }
  if (buffer_) buffer_->end(std::nullopt);
}

void ClientTransfer::conclude(Error error) {
  if (finish_) std::exchange(finish_, nullptr)(Failure(error));
  if (buffer_) buffer_->end(std::move(error));
}

Error ClientTransfer::timed_out() {
  return {.code = ErrorCode::timed_out, .detail = "The other server did not answer in time."};
}

Error ClientTransfer::error_of(CURLcode code) const {
  std::string context = message_.front() != '\0' ? message_.data() : curl_easy_strerror(code);
  if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) {
    return {.code = ErrorCode::too_large, .detail = "The other server's answer is too large."};
  }
  if (refused_address_) {
    return {.code = ErrorCode::forbidden,
            .detail = "The URL's address is not on the public internet."};
  }
  if (file_too_short_) context = "the file to send is shorter than announced";
  if (refused_repeat_) context = "connection closed before the answer; the request is not repeated";
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_LOGIN_DENIED:
      if (attempts_ > 0) break;  // It was the answer that is no HTTP.
      return {.code = ErrorCode::malformed,
              .detail = "Only http and https URLs without credentials can be fetched.",
              .context = std::move(context)};
    case CURLE_OPERATION_TIMEDOUT: return timed_out();
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
      return untrusted("The other server's certificate is not trusted.", std::move(context));
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return untrusted("The other server's key is not the pinned one.", std::move(context));
    default: break;
  }
  return {.code = ErrorCode::unavailable,
          .detail = "The other server cannot be reached.",
          .context = std::move(context)};
}

}  // namespace sovereign::http
