#include "http/local_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <optional>

#include "base/encoding.hpp"

namespace sovereign::http {

namespace {

constexpr int kPollMilliseconds = 60'000;  // Only how often a silent connection is looked at.

struct EasyDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

/// One exchange: what came so far, and who takes it.
struct Transfer {
  CURL* curl;
  const LocalClient::OnBytes* on_bytes;  ///< Null: the body is collected.
  std::size_t body_limit;
  LocalResponse response;
  bool callback_ended = false;
  bool too_large = false;

  bool goes_to_callback() const {
    return on_bytes != nullptr && response.status >= 200 && response.status < 300;
  }
};

std::size_t take_header(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  const auto line = base::trim_ascii({bytes, size});
  if (line.starts_with("HTTP/")) {  // Also the final answer's, after a 100.
    long status = 0;
    curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &status);
    transfer.response.status = static_cast<int>(status);
    transfer.response.headers.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon != line.npos) {
    transfer.response.headers.emplace_back(line.substr(0, colon),
                                           base::trim_ascii(line.substr(colon + 1)));
  }
  return size;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.goes_to_callback()) {
    if ((*transfer.on_bytes)({bytes, size}) == Continue::yes) return size;
    transfer.callback_ended = true;
    return CURL_WRITEFUNC_ERROR;
  }
  if (size > transfer.body_limit - transfer.response.body.size()) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.response.body.append(bytes, size);
  return size;
}

void append(HeaderList& list, const std::string& line) {
  if (auto* longer = curl_slist_append(list.get(), line.c_str()); longer != nullptr) {
    (void)list.release();
    list.reset(longer);
  }
}

HeaderList headers_of(const LocalRequest& request) {
  HeaderList list;
  append(list, "Expect:");  // No waiting for a 100.
  const bool has_type = std::ranges::any_of(request.headers, [](const auto& header) {
    return equals_ignoring_case(header.first, "Content-Type");
  });
  if (!has_type)
    append(list, request.body.empty() ? "Content-Type:" : "Content-Type: application/json");
  for (const auto& [name, value] : request.headers)
    append(list, fmt::format("{}: {}", name, value));
  return list;
}

void set_body(CURL* curl, const LocalRequest& request) {
  const bool may_have_body = request.method == Method::post || request.method == Method::put ||
                             request.method == Method::patch || !request.body.empty();
  if (may_have_body) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method == Method::head) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  const std::string method(to_string(request.method));
  if (request.method != Method::head) {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

Failure not_running(const std::filesystem::path& socket) {
  auto failure = base::fail(ErrorCode::unavailable, "The daemon is not running.",
                            fmt::format("nobody answers on {}", socket.string()));
  failure.error().name = kDaemonNotRunning;
  return failure;
}

Failure failure_of(CURLcode code, const Transfer& transfer, const std::filesystem::path& socket) {
  if (transfer.too_large) {
    return base::fail(ErrorCode::too_large, "The daemon's answer is larger than can be held.");
  }
  long reason = 0;
  curl_easy_getinfo(transfer.curl, CURLINFO_OS_ERRNO, &reason);
  if (code == CURLE_COULDNT_CONNECT) {
    if (reason == EACCES || reason == EPERM) {
      return base::fail(ErrorCode::forbidden,
                        fmt::format("The socket {} is another user's.", socket.string()));
    }
    return not_running(socket);
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return base::fail(ErrorCode::timed_out, "The daemon did not answer in time.");
  }
  return base::fail(ErrorCode::unavailable, "The connection to the daemon broke.",
                    curl_easy_strerror(code));
}

Failure aborted() {
  auto failure = base::fail(ErrorCode::unavailable, "The request was given up.");
  failure.error().name = LocalClient::kAborted;
  return failure;
}

/// Runs the one transfer of `multi` to its end; nullopt when told to stop before.
std::optional<CURLcode> run(CURLM* multi, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  while (!stop.stop_requested()) {
    int running = 0;
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    if (const auto* message = curl_multi_info_read(multi, &left)) return message->data.result;
    curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
  }
  return std::nullopt;
}

}  // namespace

struct LocalClient::Handles {
  std::unique_ptr<CURLM, MultiDeleter> multi{curl_multi_init()};
  std::unique_ptr<CURL, EasyDeleter> easy{curl_easy_init()};

  Result<LocalResponse> perform(const LocalRequest& request, const std::filesystem::path& socket,
                                Transfer transfer, const LocalClientOptions& options,
                                const std::stop_token& stop);
};

namespace {

void configure(Transfer& transfer, const LocalRequest& request, const std::filesystem::path& socket,
               const LocalClientOptions& options) {
  CURL* curl = transfer.curl;
  curl_easy_reset(curl);  // Keeps the connection.
  curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, ("http://localhost" + request.target).c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(options.connect_timeout.count()));
  if (transfer.on_bytes == nullptr) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
  }
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  set_body(curl, request);
}

}  // namespace

Result<LocalResponse> LocalClient::Handles::perform(const LocalRequest& request,
                                                    const std::filesystem::path& socket,
                                                    Transfer transfer,
                                                    const LocalClientOptions& options,
                                                    const std::stop_token& stop) {
  if (!multi || !easy) return base::fail(ErrorCode::unavailable, "There is no memory left.");
  transfer.curl = easy.get();
  configure(transfer, request, socket, options);
  const auto headers = headers_of(request);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_multi_add_handle(multi.get(), easy.get());
  const auto code = run(multi.get(), stop);
  curl_multi_remove_handle(multi.get(), easy.get());
  if (!code) return aborted();
  if (*code != CURLE_OK && !transfer.callback_ended) return failure_of(*code, transfer, socket);
  return std::move(transfer.response);
}

std::string_view LocalResponse::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (equals_ignoring_case(known, name)) return value;
  }
  return {};
}

LocalClient::LocalClient(std::filesystem::path socket, LocalClientOptions options)
    : socket_(std::move(socket)), options_(options) {
  static std::once_flag initialised;  // libcurl's own state; a second time does no harm.
  std::call_once(initialised, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handles_ = std::make_unique<Handles>();
}

LocalClient::~LocalClient() = default;

Result<LocalResponse> LocalClient::request(const LocalRequest& request) {
  if (socket_.native().size() >= sizeof(sockaddr_un::sun_path)) return not_running(socket_);
  return handles_->perform(request, socket_,
                           {.on_bytes = nullptr, .body_limit = options_.body_bytes}, options_, {});
}

Result<LocalResponse> LocalClient::stream(const LocalRequest& request, const OnBytes& on_bytes,
                                          std::stop_token stop) {
  if (socket_.native().size() >= sizeof(sockaddr_un::sun_path)) return not_running(socket_);
  return handles_->perform(
      request, socket_, {.on_bytes = &on_bytes, .body_limit = options_.body_bytes}, options_, stop);
}

Result<LocalResponse> LocalClient::stream_lines(const LocalRequest& request, const OnBytes& on_line,
                                                std::stop_token stop) {
  std::string held;
  const OnBytes split = [&](std::string_view bytes) {
    held += bytes;
    std::size_t begin = 0;
    for (auto end = held.find('\n'); end != held.npos; end = held.find('\n', begin)) {
      auto line = std::string_view(held).substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      begin = end + 1;
      if (on_line(line) == Continue::no) return Continue::no;
    }
    held.erase(0, begin);
    return Continue::yes;
  };
  auto response = stream(request, split, std::move(stop));
  if (response && !held.empty() && held.find('\n') == held.npos) on_line(held);
  return response;
}

}  // namespace sovereign::http
