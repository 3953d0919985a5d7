#include "http/head_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>

#include "http/target.hpp"

namespace sovereign::http {

namespace {

namespace beast = boost::beast;
using BeastParser = beast::http::basic_parser<true>;
using BeastText = beast::string_view;

constexpr std::size_t kMaxRequestLineBytes = kMaxTargetBytes + 64;  // Method and version included.

std::string_view view_of(BeastText text) { return {text.data(), text.size()}; }

bool is_all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_token_character(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.contains(c);
}

/// Whether `line` ends in a well-formed version; a bad one is then 505, not 400.
bool names_a_version(std::string_view line) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  constexpr std::string_view kPrefix = " HTTP/";
  constexpr std::size_t kSize = kPrefix.size() + 3;
  if (line.size() < kSize) return false;
  const auto tail = line.substr(line.size() - kSize);
  const auto number = tail.substr(kPrefix.size());
  return tail.starts_with(kPrefix) && digit(number[0]) && number[1] == '.' && digit(number[2]);
}

/// Whether the last coding of a list such as "gzip, chunked" is `chunked`, named just once.
bool ends_in_chunked(std::string_view codings) {
  const auto comma = codings.rfind(',');
  if (comma == codings.npos) return false;
  auto last = codings.substr(comma + 1);
  last.remove_prefix(std::min(last.find_first_not_of(" \t"), last.size()));
  for (std::size_t at = 0; at < comma; ++at) {
    if (equals_ignoring_case(codings.substr(at, 7), "chunked")) return false;
  }
  return equals_ignoring_case(last, "chunked");
}

/// Keeps views of what Beast finds and refuses what it lets through.
class StrictParser final : public BeastParser {
 public:
  explicit StrictParser(Head& head) : head_(head) {
    header_limit(0xffff'ffff);  // Ours is enforced while scanning.
    body_limit(boost::none);    // Content-Length is checked below, so that the status is ours.
  }

  /// Refusal status is 0 when the bytes were fine as far as they go.
  Refusal run(std::string_view bytes) {
    beast::error_code error;
    put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (refusal_.status != 0) return refusal_;
    if (error == beast::http::error::bad_version) return bad_version(bytes);
    if (error == beast::http::error::bad_content_length ||
        error == beast::http::error::multiple_content_length ||
        error == beast::http::error::bad_transfer_encoding) {
      return {400,
              "The request's length is ambiguous: check Content-Length and Transfer-Encoding."};
    }
    if (error && error != beast::http::error::need_more) {
      return {400, "The request line or a header is not well-formed HTTP/1.1."};
    }
    if (is_header_done()) head_.keep_alive = keep_alive();
    return {};
  }

 private:
  static Refusal bad_version(std::string_view bytes) {
    if (names_a_version(bytes.substr(0, bytes.find("\r\n")))) {
      return {505, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
    }
    return {400, "The request line must end in an HTTP version."};
  }

  void refuse(int status, std::string_view detail, beast::error_code& error) {
    refusal_ = {status, detail};
    error = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, BeastText method, BeastText target, int version,
                       beast::error_code& error) override {
    head_.target = view_of(target);
    head_.is_http_1_0 = version == 10;
    const auto known = http::parse_method(view_of(method));
    if (!known) return refuse(501, "This request method is not supported.", error);
    head_.method = *known;
    if (head_.target.size() > kMaxTargetBytes) {
      return refuse(414, "The request target is longer than 8 KiB.", error);
    }
    if (!has_target_characters(head_.target)) {
      refuse(400, "The request target has characters that must be percent-encoded.", error);
    }
  }

  void on_field_impl(beast::http::field field, BeastText name, BeastText text,
                     beast::error_code& error) override {
    const std::string_view value = view_of(text);
    switch (field) {
      case beast::http::field::host:
        ++hosts_;
        host_ = value;
        break;
      case beast::http::field::transfer_encoding:
        ++codings_;
        coding_ = value;
        break;
      case beast::http::field::content_length:
        if (++lengths_ > 1 || !is_all_digits(value)) {
          return refuse(400, "Content-Length must be one number.", error);
        }
        break;
      case beast::http::field::expect:
        if (!equals_ignoring_case(value, "100-continue")) {
          return refuse(417, "The only expectation that is met here is 100-continue.", error);
        }
        head_.expects_continue = !head_.is_http_1_0;
        break;
      default: break;
    }
    head_.headers.push_back({view_of(name), value});
  }

  void on_header_impl(beast::error_code& error) override {
    check_host(error);
    if (!error) check_framing(error);
  }

  void check_host(beast::error_code& error) {
    if (hosts_ > 1 || (hosts_ == 0 && !head_.is_http_1_0)) {
      return refuse(400, "A request has exactly one Host header.", error);
    }
    if (hosts_ == 1 && !is_valid_host(host_)) {
      return refuse(400, "The Host header is not a host name and port.", error);
    }
    const auto parts = split_target(head_.method, head_.target);
    if (!parts) return refuse(400, "The request target is not well-formed.", error);
    if (!parts->authority.empty() && hosts_ == 1 &&
        !equals_ignoring_case(parts->authority, host_)) {
      return refuse(400, "The request target and the Host header name different hosts.", error);
    }
    head_.path = parts->path;
    head_.query = parts->query;
  }

  void check_framing(beast::error_code& error) {
    if (codings_ > 0) return check_transfer_encoding(error);
    if (lengths_ == 0) return;
    head_.content_length = *content_length();
    head_.framing = head_.content_length > 0 ? BodyFraming::sized : BodyFraming::none;
  }

  void check_transfer_encoding(beast::error_code& error) {
    if (codings_ > 1 || lengths_ > 0 || head_.is_http_1_0) {
      return refuse(400, "Transfer-Encoding must be one `chunked`, without Content-Length.", error);
    }
    if (equals_ignoring_case(coding_, "chunked")) {
      head_.framing = BodyFraming::chunked;
    } else if (ends_in_chunked(coding_)) {
      refuse(501, "The only transfer coding that is understood here is chunked.", error);
    } else {
      refuse(400, "Transfer-Encoding must be one `chunked`, without Content-Length.", error);
    }
  }

  // Only heads are fed to this parser; bodies are read by RequestReader.
  void on_response_impl(int, BeastText, int, beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(BeastText, beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, BeastText, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastText, beast::error_code&) override {
    return 0;
  }
  void on_finish_impl(beast::error_code&) override {}

  Head& head_;
  Refusal refusal_;
  std::string_view host_;
  std::string_view coding_;
  int hosts_ = 0;
  int codings_ = 0;
  int lengths_ = 0;
};

void clear(Head& head) {
  auto headers = std::move(head.headers);
  headers.clear();
  head = Head{.headers = std::move(headers)};
}

}  // namespace

void HeadParser::reset() {
  clear(head_);
  refusal_ = {};
  start_ = line_start_ = scanned_ = request_line_end_ = header_lines_ = 0;
  begun_ = request_line_checked_ = false;
}

Progress HeadParser::advance(std::string_view input) {
  if (!begun_) {
    const Progress begun = begin(input);
    if (begun != Progress::complete) return begun;
  }
  const Progress scanned = scan_lines(input);
  if (scanned == Progress::complete) return parse_all(input);
  // The request line is judged as soon as it is there, and before anything that follows it; again
  // on a refusal, since the bytes may have moved.
  const bool due = scanned == Progress::refused || !request_line_checked_;
  if (request_line_end_ == 0 || !due) return scanned;
  const Refusal later = refusal_;
  if (check_request_line(input) == Progress::refused) return Progress::refused;
  refusal_ = later;
  return scanned;
}

Progress HeadParser::begin(std::string_view input) {
  if (input.empty()) return Progress::incomplete;
  if (input.front() == '\r') {
    if (input.size() < 2) return Progress::incomplete;
    if (input[1] != '\n') return refuse(400, "A request starts with a method.");
    if (input.size() < 3) return Progress::incomplete;
    start_ = 2;
  }
  if (!is_token_character(input[start_])) return refuse(400, "A request starts with a method.");
  line_start_ = scanned_ = start_;
  begun_ = true;
  return Progress::complete;
}

Progress HeadParser::scan_lines(std::string_view input) {
  for (;;) {
    const auto line_feed = input.find('\n', scanned_);
    const bool found = line_feed != input.npos;
    const auto end = found ? line_feed + 1 : input.size();
    if (check_size(end) == Progress::refused) return Progress::refused;
    if (!found) break;
    const Progress ended = end_line(input, line_feed);
    if (ended != Progress::incomplete) return ended;
  }
  scanned_ = input.size();
  return Progress::incomplete;
}

Progress HeadParser::check_size(std::size_t end) {
  if (request_line_end_ == 0 && end - start_ > kMaxRequestLineBytes) {
    return refuse(414, "The request target is longer than 8 KiB.");
  }
  if (end - start_ > limits_.bytes) {
    return refuse(431, "The request's headers are larger than this server takes.");
  }
  return Progress::complete;
}

Progress HeadParser::end_line(std::string_view input, std::size_t line_feed) {
  const auto line = input.substr(line_start_, line_feed - line_start_);
  line_start_ = scanned_ = line_feed + 1;
  if (!line.ends_with('\r')) return refuse(400, "Lines end in CR LF.");
  if (request_line_end_ == 0) {
    request_line_end_ = line_feed + 1;
    return Progress::incomplete;
  }
  if (line.size() == 1) return Progress::complete;
  if (line.front() == ' ' || line.front() == '\t')
    return refuse(400, "Headers must not be folded.");
  if (++header_lines_ > limits_.header_count) {
    return refuse(431, "The request has more headers than this server takes.");
  }
  return Progress::incomplete;
}

Progress HeadParser::check_request_line(std::string_view input) {
  request_line_checked_ = true;
  const auto line = input.substr(start_, request_line_end_ - start_);
  clear(head_);
  const Refusal found = StrictParser(head_).run(line);
  return found.status == 0 ? Progress::complete : refuse(found.status, found.detail);
}

Progress HeadParser::parse_all(std::string_view input) {
  clear(head_);
  const Refusal found = StrictParser(head_).run(input.substr(start_, scanned_ - start_));
  return found.status == 0 ? Progress::complete : refuse(found.status, found.detail);
}

Progress HeadParser::refuse(int status, std::string_view detail) {
  refusal_ = {status, detail};
  return Progress::refused;
}

}  // namespace sovereign::http
