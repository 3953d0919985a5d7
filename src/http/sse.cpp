#include "http/sse.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "http/query.hpp"

namespace sovereign::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kKeptTextBytes = 64 * 1024;

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\n");
}

Result<std::optional<std::uint64_t>> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return base::fail(ErrorCode::malformed,
                      "The last event's id is a number, as events carry it in their id.");
  }
  return id;
}

}  // namespace

void append_sse(std::string& out, const SseEvent& event) {
  if (!event.id.empty() && is_one_line(event.id)) append_field(out, "id", event.id);
  if (!event.event.empty() && is_one_line(event.event)) append_field(out, "event", event.event);
  std::string_view rest = event.data;
  while (true) {
    const auto end = rest.find_first_of("\r\n");
    append_field(out, "data", rest.substr(0, end));
    if (end == rest.npos) break;
    rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  out += '\n';
}

void append_sse_retry(std::string& out, std::chrono::milliseconds wait) {
  out += fmt::format("retry: {}\n\n", wait.count());
}

asio::awaitable<bool> SseWriter::send(SseEvent event) {
  text_.clear();
  if (text_.capacity() > kKeptTextBytes) text_ = {};
  append_sse(text_, event);
  auto write = out_.write(text_);
  const bool goes_on = co_await std::move(write);
  co_return goes_on;
}

StreamTraits SseBody::traits() const {
  return {.is_endless = length_ == SseLength::endless,
          .heartbeat = kSseHeartbeat,
          .heartbeat_bytes = ":\n\n"};
}

asio::awaitable<void> SseBody::run(StreamWriter& writer) {
  SseWriter out(writer);
  auto all = events(out);
  co_await std::move(all);
}

Response sse_response(std::unique_ptr<SseBody> body) {
  Response response{.content_type = kEventStream, .stream = std::move(body)};
  response.headers.push_back({"X-Accel-Buffering", "no"});  // For a reverse proxy in front.
  return response;
}

Result<std::optional<std::uint64_t>> last_event_id(const Request& request) {
  const auto header = request.header("Last-Event-ID");
  if (!header.empty()) return parse_id(header);
  const auto pairs = parse_pairs(request.query);
  if (!pairs) return Failure(pairs.error());
  for (const auto& [name, value] : *pairs) {
    if (name == "last_event_id" && !value.empty()) return parse_id(value);
  }
  return std::nullopt;
}

std::vector<SseParser::Event> SseParser::feed(std::string_view bytes) {
  std::vector<Event> events;
  for (const char c : bytes) {
    const bool is_line_feed_of_pair = c == '\n' && std::exchange(after_cr_, false);
    if (is_line_feed_of_pair) continue;
    after_cr_ = c == '\r';
    if (c == '\n' || c == '\r') {
      take_line(line_, events);
      line_.clear();
    } else if (line_.size() < kMaxEventBytes) {
      line_ += c;
    }
  }
  return events;
}

void SseParser::take_line(std::string_view line, std::vector<Event>& events) {
  if (line.empty()) {
    if (has_data_) {
      pending_.id = last_id_;
      if (pending_.event.empty()) pending_.event = "message";
      events.push_back(std::move(pending_));
    }
    pending_ = {};
    has_data_ = false;
    return;
  }
  const auto colon = std::min(line.find(':'), line.size());
  const auto name = line.substr(0, colon);
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) pending_.data += '\n';
    has_data_ = true;
    const auto room = kMaxEventBytes - std::min(kMaxEventBytes, pending_.data.size());
    pending_.data.append(value.substr(0, room));
  } else if (name == "event") {
    pending_.event = value;
  } else if (name == "id" && value.find('\0') == value.npos) {
    last_id_ = value;
  }
}

}  // namespace sovereign::http
