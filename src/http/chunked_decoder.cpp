#include "http/chunked_decoder.hpp"

#include <algorithm>

namespace sovereign::http {

namespace {

constexpr unsigned kMaxSizeDigits = 16;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

bool is_name_character(char c) {
  return is_text(c) && !std::string_view(" \t\"(),/:;<=>?@[\\]{}").contains(c) &&
         static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

std::size_t ChunkedDecoder::feed(std::string_view bytes, std::string& decoded) {
  std::size_t used = 0;
  while (used < bytes.size() && progress_ == Progress::incomplete) {
    if (state_ == State::data) {
      const auto take = std::min<std::uint64_t>(chunk_, bytes.size() - used);
      decoded.append(bytes.substr(used, take));
      used += take;
      chunk_ -= take;
      if (chunk_ == 0) state_ = State::data_return;
    } else {
      step(bytes[used++]);
    }
  }
  return used;
}

void ChunkedDecoder::step(char c) {
  switch (state_) {
    case State::size_first:
    case State::size: return on_size(c);
    case State::blank:
    case State::extension: return on_extension(c);
    case State::size_line_feed:
      return expect(c, '\n', chunk_ == 0 ? State::trailer_first : State::data);
    case State::data: return;
    case State::data_return: return expect(c, '\r', State::data_line_feed);
    case State::data_line_feed: return expect(c, '\n', State::size_first);
    case State::trailer_first:
    case State::trailer_name:
    case State::trailer_value: return on_trailer(c);
    case State::trailer_line_feed: return expect(c, '\n', State::trailer_first);
    case State::end_line_feed:
      expect(c, '\n', State::size_first);
      if (progress_ == Progress::incomplete) progress_ = Progress::complete;
      return;
  }
}

void ChunkedDecoder::on_size(char c) {
  const int digit = hex_digit(c);
  if (digit < 0) {
    if (state_ == State::size_first) return refuse(400, "A chunk starts with its size.");
    return on_size_end(c);
  }
  if (state_ == State::size_first) {
    chunk_ = 0;
    digits_ = 0;
    state_ = State::size;
  }
  if (++digits_ > kMaxSizeDigits) return refuse(400, "A chunk's size has too many digits.");
  chunk_ = chunk_ * 16 + static_cast<unsigned>(digit);
}

void ChunkedDecoder::on_size_end(char c) {
  if (chunk_ > limit_ - decoded_) {
    return refuse(413, "The request body is larger than this server takes.");
  }
  decoded_ += chunk_;
  if (c == '\r') {
    state_ = State::size_line_feed;
  } else if (c == ';') {
    state_ = State::extension;
  } else if (c == ' ' || c == '\t') {
    state_ = State::blank;
  } else {
    refuse(400, "A chunk's size is not a hexadecimal number.");
  }
}

void ChunkedDecoder::on_extension(char c) {
  if (!spend_overhead()) return;
  if (state_ == State::blank) {
    if (c == ';')
      state_ = State::extension;
    else if (c != ' ' && c != '\t')
      refuse(400, "A chunk's size is not a hexadecimal number.");
  } else if (c == '\r') {
    state_ = State::size_line_feed;
  } else if (!is_text(c)) {
    refuse(400, "A chunk extension is not well-formed.");
  }
}

void ChunkedDecoder::on_trailer(char c) {
  if (!spend_overhead()) return;
  if (state_ == State::trailer_first && c == '\r') {
    state_ = State::end_line_feed;
  } else if (state_ == State::trailer_value) {
    if (c == '\r')
      state_ = State::trailer_line_feed;
    else if (!is_text(c))
      refuse(400, "A trailer is not well-formed.");
  } else if (state_ == State::trailer_name && c == ':') {
    state_ = State::trailer_value;
  } else if (is_name_character(c)) {
    state_ = State::trailer_name;
  } else {
    refuse(400, "A trailer is not well-formed.");
  }
}

void ChunkedDecoder::expect(char c, char wanted, State next) {
  if (c != wanted) return refuse(400, "A chunk is not well-formed.");
  state_ = next;
}

bool ChunkedDecoder::spend_overhead() {
  if (++overhead_ <= kMaxOverheadBytes) return true;
  refuse(400, "Chunk extensions and trailers are longer than this server takes.");
  return false;
}

void ChunkedDecoder::refuse(int status, std::string_view detail) {
  refusal_ = {status, detail};
  progress_ = Progress::refused;
}

}  // namespace sovereign::http
