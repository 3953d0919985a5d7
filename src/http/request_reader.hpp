// Turns a connection's bytes into requests, one after the other, in one fixed buffer: heads and
// small bodies are read in place, streamed bodies pass through it. Knows no socket and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/chunked_decoder.hpp"
#include "http/head_parser.hpp"
#include "http/incoming_body.hpp"
#include "http/request.hpp"

namespace sovereign::http {

struct ReaderLimits {
  HeadLimits head;
  std::uint64_t body_bytes = 1024 * 1024;  ///< Of a body that is not streamed.
};

/// Whether the body of a request with this head is streamed.
using StreamRule = std::function<std::optional<StreamedBody>(const Request& head)>;

class RequestReader {
 public:
  /// `streaming`: the head is complete, and the body is handed out by take_body().
  enum class Phase : std::uint8_t { head, body, streaming, complete, refused };

  explicit RequestReader(const ReaderLimits& limits, StreamRule stream_rule = {});
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Room for bytes to come; may be empty only while a complete request is held. Between parse()
  /// giving a complete request and next(), views into the request stay valid.
  std::span<char> space();
  void commit(std::size_t bytes) { end_ += bytes; }

  /// Goes on with what was committed. A request whose body is streamed is complete with its head.
  Progress parse();

  /// Part of a streamed body, valid until the next call of this or next().
  struct BodyPart {
    Progress progress = Progress::incomplete;  ///< `complete` with the last part.
    std::string_view bytes;
  };
  /// While streaming: what was committed since the last call; then that room is free again.
  BodyPart take_body();

  Phase phase() const { return phase_; }
  /// Whether no byte is held, neither of this request nor of a later one.
  bool empty() const { return begin_ == end_; }
  /// Whether bytes past the current, complete request were read.
  bool has_more() const { return end_ > request_end_; }

  /// The request; when refused, what could be read of it.
  Request& request() { return request_; }
  const Head& head() const { return head_.head(); }
  const Refusal& refusal() const { return refusal_; }
  /// While streaming.
  const StreamedBody& streamed() const { return *streamed_; }
  /// Size on the wire of the request, as far as it was read.
  std::uint64_t wire_bytes() const { return wire_bytes_; }

  /// Drops the complete request; bytes after it are the next one's.
  void next();
  /// Drops everything.
  void clear();

 private:
  Progress parse_head();
  Progress begin_body();
  Progress parse_body();
  Progress check_size();
  BodyPart take_sized();
  BodyPart take_chunked();
  Progress parse_sized_body();
  Progress parse_chunked_body();
  Progress finish(std::size_t request_end);
  Progress refuse(const Refusal& refusal);
  void move_to_front();
  void fill_request();
  void forget_request();
  std::string_view held() const { return {data_.get() + begin_, end_ - begin_}; }
  std::string_view after_head() const { return {data_.get() + body_begin_, end_ - body_begin_}; }

  const ReaderLimits limits_;
  const StreamRule stream_rule_;
  const std::size_t capacity_;
  std::unique_ptr<char[]> data_;
  std::size_t begin_ = 0;  // Of the current request.
  std::size_t body_begin_ = 0;
  std::size_t request_end_ = 0;  // Once complete.
  std::size_t end_ = 0;          // Of what was read.
  Phase phase_ = Phase::head;
  bool body_in_place_ = false;
  std::uint64_t wire_bytes_ = 0;
  HeadParser head_;
  ChunkedDecoder chunks_;
  std::string body_;  // When it is chunked or does not fit behind its head.
  std::optional<StreamedBody> streamed_;
  std::uint64_t body_taken_ = 0;  // Of a streamed body.
  Request request_;
  Refusal refusal_;
};

}  // namespace sovereign::http
