#include "mail/smtp_mailer.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "async/run_blocking.hpp"
#include "base/uuid.hpp"
#include "mail/message_format.hpp"

namespace sovereign::mail {
namespace {

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// libcurl wants this before its first use in a process; a function's static is made once.
bool is_curl_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
  });
}

std::size_t read_some(char* out, std::size_t size, std::size_t count, void* context) {
  auto& rest = *static_cast<std::string_view*>(context);
  const auto part = rest.substr(0, size * count);
  std::memcpy(out, part.data(), part.size());
  rest.remove_prefix(part.size());
  return part.size();
}

std::string url_of(const SmtpOptions& options) {
  const bool bare_ipv6 = options.host.contains(':') && !options.host.starts_with('[');
  return fmt::format("{}://{}{}{}:{}", options.security == SmtpSecurity::tls ? "smtps" : "smtp",
                     bare_ipv6 ? "[" : "", options.host, bare_ipv6 ? "]" : "", options.port);
}

/// The failure of one transfer; the context has libcurl's words, which hold no secrets.
Failure to_failure(CURLcode code, std::string_view words) {
  const auto kind =
      code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::timed_out : ErrorCode::unavailable;
  return base::fail(kind, "The mail cannot be sent now; try again later.",
                    fmt::format("smtp: {}", words.empty() ? curl_easy_strerror(code) : words));
}

void set_options(CURL* handle, const SmtpOptions& options) {
  curl_easy_setopt(handle, CURLOPT_URL, url_of(options).c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   static_cast<long>(options.security == SmtpSecurity::starttls ? CURLUSESSL_ALL
                                                                                : CURLUSESSL_NONE));
  if (!options.username.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, options.username.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, options.password.c_str());
  }
}

Result<void> transfer(const SmtpOptions& options, const std::string& to, std::string_view text) {
  const std::unique_ptr<CURL, FreeEasy> handle(is_curl_ready() ? curl_easy_init() : nullptr);
  const std::unique_ptr<curl_slist, FreeList> recipients(curl_slist_append(nullptr, to.c_str()));
  if (!handle || !recipients) return to_failure(CURLE_OUT_OF_MEMORY, "");
  char words[CURL_ERROR_SIZE] = "";
  set_options(handle.get(), options);
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, options.from.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, &read_some);
  curl_easy_setopt(handle.get(), CURLOPT_READDATA, &text);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK) return to_failure(code, words);
  return {};
}

}  // namespace

SmtpMailer::SmtpMailer(SmtpOptions options, async::WorkerPool& pool, const Clock& clock,
                       base::Random& random)
    : options_(std::move(options)), pool_(pool), clock_(clock), random_(random) {
  if (!is_host(options_.host))
    throw std::invalid_argument("the SMTP host is not a host name or address");
  if (!is_address(options_.from))
    throw std::invalid_argument("the sender's mail address is not valid");
}

Task<void> SmtpMailer::send(Message message) {
  const Envelope envelope{.from = options_.from,
                          .message_id = base::Uuid::generate(random_).to_string(),
                          .date = clock_.now()};
  auto text = format_message(message, envelope);
  if (!text) co_return Failure(std::move(text).error());
  auto job = [options = options_, to = message.to, text = *std::move(text)]() -> Result<void> {
    return transfer(options, to, text);
  };
  co_return co_await async::run_blocking(pool_, std::move(job));
}

}  // namespace sovereign::mail
