// Server-sent events (HTML, section 9.2): how events are written, and how a client says which one
// it saw last.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/stream.hpp"

namespace sovereign::http {

inline constexpr std::string_view kEventStream = "text/event-stream";
inline constexpr std::string_view kJsonLines = "application/x-ndjson";
inline constexpr std::chrono::seconds kSseHeartbeat{15};

/// One event. `id` and `event` are left out when empty or when they hold a line break or NUL.
struct SseEvent {
  std::string_view id;
  std::string_view event;
  std::string_view data;  ///< Any text; its lines become data fields.
};

void append_sse(std::string& out, const SseEvent& event);
/// How long the client waits before it connects again.
void append_sse_retry(std::string& out, std::chrono::milliseconds wait);

/// Writes events to a stream, each in one piece.
class SseWriter {
 public:
  explicit SseWriter(StreamWriter& out) : out_(out) {}
  /// As StreamWriter::write.
  boost::asio::awaitable<bool> send(SseEvent event);

 private:
  StreamWriter& out_;
  std::string text_;
};

/// Whether a feed goes on until somebody ends it, or has an end of its own (one call's events).
enum class SseLength { endless, finite };

/// A body of events with heartbeats: implement events().
class SseBody : public StreamBody {
 public:
  explicit SseBody(SseLength length) : length_(length) {}
  StreamTraits traits() const override;
  boost::asio::awaitable<void> run(StreamWriter& writer) final;

 protected:
  /// Sends events until there are none, or send() says false. Contract of StreamBody::run.
  virtual boost::asio::awaitable<void> events(SseWriter& writer) = 0;

 private:
  const SseLength length_;
};

/// 200 with the event stream's headers.
Response sse_response(std::unique_ptr<SseBody> body);

/// The number that the client sends back as the last event's id: the Last-Event-ID header, else the
/// query parameter last_event_id (for clients that cannot set headers); nullopt when neither is
/// there. Error: `malformed` when it is no number of ours.
Result<std::optional<std::uint64_t>> last_event_id(const Request& request);

/// Reads events on the client's side; feed it bytes as they come.
class SseParser {
 public:
  struct Event {
    std::string id;
    std::string event;  ///< "message" when the server names none.
    std::string data;
  };

  /// The events that `bytes` complete. Data over `kMaxEventBytes` is cut there.
  static constexpr std::size_t kMaxEventBytes = 4 * 1024 * 1024;
  std::vector<Event> feed(std::string_view bytes);

 private:
  void take_line(std::string_view line, std::vector<Event>& events);

  std::string line_;
  bool after_cr_ = false;
  bool has_data_ = false;
  std::string last_id_;
  Event pending_;
};

}  // namespace sovereign::http
