// Turns a connection's bytes into requests, one after the other, in one fixed buffer: heads and
// small bodies are read in place. Knows no socket and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/chunked_decoder.hpp"
#include "http/head_parser.hpp"
#include "http/request.hpp"

namespace sovereign::http {

class RequestReader {
 public:
  enum class Phase : std::uint8_t { head, body, complete, refused };

  explicit RequestReader(const HeadLimits& limits);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  /// Room for bytes to come; may be empty only while a complete request is held. Between parse()
  /// giving a complete request and next(), views into the request stay valid.
  std::span<char> space();
  void commit(std::size_t bytes) { end_ += bytes; }

  /// Goes on with what was committed.
  Progress parse();

  Phase phase() const { return phase_; }
  /// Whether no byte is held, neither of this request nor of a later one.
  bool empty() const { return begin_ == end_; }
  /// Whether bytes past the current, complete request were read.
  bool has_more() const { return end_ > request_end_; }

  /// The request; when refused, what could be read of it.
  Request& request() { return request_; }
  const Head& head() const { return head_.head(); }
  const Refusal& refusal() const { return refusal_; }
  /// Size on the wire of the complete request.
  std::uint64_t wire_bytes() const { return wire_bytes_; }

  /// Drops the complete request; bytes after it are the next one's.
  void next();
  /// Drops everything.
  void clear();

 private:
  Progress parse_head();
  Progress begin_body();
  Progress parse_body();
  Progress parse_sized_body();
  Progress parse_chunked_body();
  Progress finish(std::size_t request_end);
  Progress refuse(const Refusal& refusal);
  void move_to_front();
  void fill_request();
  void forget_request();
  std::string_view held() const { return {data_.get() + begin_, end_ - begin_}; }
  std::string_view after_head() const { return {data_.get() + body_begin_, end_ - body_begin_}; }

  const HeadLimits limits_;
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
  Request request_;
  Refusal refusal_;
};

}  // namespace sovereign::http
