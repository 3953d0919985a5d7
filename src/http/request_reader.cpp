#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>

namespace sovereign::http {

namespace {

constexpr std::size_t kBodyRoomBytes = 4096;       // Behind the largest head.
constexpr std::size_t kKeptBodyBytes = 64 * 1024;  // A larger body's memory is given back.

}  // namespace

RequestReader::RequestReader(const ReaderLimits& limits, StreamRule stream_rule)
    : limits_(limits),
      stream_rule_(std::move(stream_rule)),
      capacity_(limits.head.bytes + kBodyRoomBytes),
      data_(std::make_unique_for_overwrite<char[]>(capacity_)),
      head_(limits_.head),
      chunks_(limits_.body_bytes) {}

std::span<char> RequestReader::space() {
  if (phase_ == Phase::head && end_ == capacity_) move_to_front();
  return {data_.get() + end_, capacity_ - end_};
}

Progress RequestReader::parse() {
  switch (phase_) {
    case Phase::head: return parse_head();
    case Phase::body: return parse_body();
    case Phase::streaming:
    case Phase::complete: return Progress::complete;
    case Phase::refused: return Progress::refused;
  }
  return Progress::refused;
}

Progress RequestReader::parse_head() {
  if (empty()) return Progress::incomplete;
  const Progress progress = head_.advance(held());
  if (progress == Progress::incomplete) return progress;
  if (progress == Progress::refused) {
    fill_request();
    return refuse(head_.refusal());
  }
  return begin_body();
}

Progress RequestReader::begin_body() {
  const Head& head = head_.head();
  body_begin_ = begin_ + head_.size();
  fill_request();
  if (head.framing == BodyFraming::none) return finish(body_begin_);
  if (check_size() == Progress::refused) return Progress::refused;
  const bool whole =
      head.framing == BodyFraming::sized && head.content_length <= end_ - body_begin_;
  if (!whole && begin_ > 0) {  // The rest of the body needs the room before this request.
    move_to_front();
    head_.reset();
    head_.advance(held());
    body_begin_ = head_.size();
  }
  fill_request();
  wire_bytes_ = head_.size();
  if (streamed_) {
    phase_ = Phase::streaming;
    return Progress::complete;
  }
  phase_ = Phase::body;
  body_in_place_ =
      head.framing == BodyFraming::sized && head.content_length <= capacity_ - body_begin_;
  return parse_body();
}

Progress RequestReader::check_size() {
  if (stream_rule_) streamed_ = stream_rule_(request_);
  const auto limit = streamed_ ? streamed_->limit_bytes : limits_.body_bytes;
  chunks_ = ChunkedDecoder(limit);
  if (head_.head().framing != BodyFraming::sized || head_.head().content_length <= limit) {
    return Progress::complete;
  }
  return refuse({413, "The request body is larger than this server takes."});
}

RequestReader::BodyPart RequestReader::take_body() {
  if (phase_ == Phase::refused) return {.progress = Progress::refused, .bytes = {}};
  if (phase_ != Phase::streaming) return {.progress = Progress::complete, .bytes = {}};
  return head_.head().framing == BodyFraming::chunked ? take_chunked() : take_sized();
}

RequestReader::BodyPart RequestReader::take_sized() {
  const auto bytes = after_head().substr(0, head_.head().content_length - body_taken_);
  body_taken_ += bytes.size();
  wire_bytes_ += bytes.size();
  if (body_taken_ < head_.head().content_length) {
    end_ = body_begin_;
    return {.progress = Progress::incomplete, .bytes = bytes};
  }
  request_end_ = body_begin_ + bytes.size();
  phase_ = Phase::complete;
  return {.progress = Progress::complete, .bytes = bytes};
}

RequestReader::BodyPart RequestReader::take_chunked() {
  body_.clear();
  const auto used = chunks_.feed(after_head(), body_);
  wire_bytes_ += used;
  switch (chunks_.progress()) {
    case Progress::incomplete: end_ = body_begin_; break;
    case Progress::refused: refuse(chunks_.refusal()); break;
    case Progress::complete:
      request_end_ = body_begin_ + used;
      phase_ = Phase::complete;
      break;
  }
  return {.progress = chunks_.progress(), .bytes = body_};
}

Progress RequestReader::parse_body() {
  return head_.head().framing == BodyFraming::chunked ? parse_chunked_body() : parse_sized_body();
}

Progress RequestReader::parse_sized_body() {
  const auto length = static_cast<std::size_t>(head_.head().content_length);
  if (body_in_place_) {
    if (after_head().size() < length) return Progress::incomplete;
    request_.body = after_head().substr(0, length);
    return finish(body_begin_ + length);
  }
  const auto taken = after_head().substr(0, length - body_.size());
  body_.append(taken);
  if (body_.size() < length) {
    end_ = body_begin_;
    return Progress::incomplete;
  }
  request_.body = body_;
  const auto request_end = body_begin_ + taken.size();
  const auto copied_before = length - taken.size();
  finish(request_end);
  wire_bytes_ += copied_before;
  return Progress::complete;
}

Progress RequestReader::parse_chunked_body() {
  const auto used = chunks_.feed(after_head(), body_);
  wire_bytes_ += used;
  switch (chunks_.progress()) {
    case Progress::incomplete: end_ = body_begin_; return Progress::incomplete;
    case Progress::refused: return refuse(chunks_.refusal());
    case Progress::complete: break;
  }
  request_.body = body_;
  const auto total = wire_bytes_;
  finish(body_begin_ + used);
  wire_bytes_ = total;
  return Progress::complete;
}

Progress RequestReader::finish(std::size_t request_end) {
  request_end_ = request_end;
  wire_bytes_ = request_end - begin_;
  phase_ = Phase::complete;
  return Progress::complete;
}

Progress RequestReader::refuse(const Refusal& refusal) {
  refusal_ = refusal;
  request_end_ = end_;
  phase_ = Phase::refused;
  return Progress::refused;
}

void RequestReader::fill_request() {
  const Head& head = head_.head();
  request_.method = head.method;
  request_.target = head.target;
  request_.path = head.path;
  request_.query = head.query;
  request_.headers = head.headers;
}

void RequestReader::next() {
  begin_ = request_end_;
  if (begin_ == end_) begin_ = end_ = 0;
  forget_request();
}

void RequestReader::clear() {
  begin_ = end_ = 0;
  forget_request();
  request_.peer_address = {};
}

void RequestReader::forget_request() {
  phase_ = Phase::head;
  head_.reset();
  request_end_ = 0;
  wire_bytes_ = 0;
  streamed_.reset();
  body_taken_ = 0;
  body_.clear();
  if (body_.capacity() > kKeptBodyBytes) body_ = {};
  request_.target = request_.path = request_.query = request_.body = {};
  request_.headers = {};
  request_.client_address.clear();
  request_.id.clear();
  request_.parameters.count = 0;
  request_.incoming = nullptr;
  request_.principal.reset();
}

void RequestReader::move_to_front() {
  std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

}  // namespace sovereign::http
