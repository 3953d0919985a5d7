#include "cache/resp.hpp"

#include <fmt/format.h>
#include <hiredis/read.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace sovereign::cache {
namespace {

/// Where the reader's next value belongs: into its parent's items, which were made in advance, or
/// into a reply of its own, which the reader hands out and frees.
Reply* place(const redisReadTask* task) {
  if (task->parent == nullptr) return new Reply;  // NOLINT: the reader is a C library
  auto* parent = static_cast<Reply*>(task->parent->obj);
  return &parent->items[static_cast<std::size_t>(task->idx)];
}

Reply::Kind kind_of(int type) {
  if (type == REDIS_REPLY_STATUS) return Reply::Kind::status;
  return type == REDIS_REPLY_ERROR ? Reply::Kind::error : Reply::Kind::text;
}

void* make_text(const redisReadTask* task, char* bytes, std::size_t length) {
  Reply* reply = place(task);
  reply->kind = kind_of(task->type);
  reply->text.assign(bytes, length);
  return reply;
}

void* make_array(const redisReadTask* task, int count) {
  // The reader takes a null for "out of memory", which ends the stream.
  if (count < 0 || static_cast<std::size_t>(count) > ReplyReader::kMaxItems) return nullptr;
  Reply* reply = place(task);
  reply->kind = Reply::Kind::array;
  reply->items.resize(static_cast<std::size_t>(count));
  return reply;
}

void* make_integer(const redisReadTask* task, long long value) {
  Reply* reply = place(task);
  reply->kind = Reply::Kind::integer;
  reply->integer = value;
  return reply;
}

void* make_nil(const redisReadTask* task) { return place(task); }

/// Called for whole replies only.
void free_reply(void* reply) { delete static_cast<Reply*>(reply); }  // NOLINT

redisReplyObjectFunctions functions{make_text, make_array, make_integer, make_nil, free_reply};

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

Failure malformed(std::string context) {
  return base::fail(ErrorCode::malformed, "Redis answered what is not its protocol.",
                    std::move(context));
}

}  // namespace

std::string_view Reply::error_code() const {
  if (!is_error()) return {};
  const auto code = std::string_view(text).substr(0, text.find(' '));
  const bool is_word =
      code.size() <= 32 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
  return is_word ? code : std::string_view();
}

std::string encode_command(std::span<const std::string_view> words) {
  std::string bytes;
  std::size_t size = 16;
  for (const auto word : words) size += word.size() + 16;
  bytes.reserve(size);
  fmt::format_to(std::back_inserter(bytes), "*{}\r\n", words.size());
  for (const auto word : words) {
    fmt::format_to(std::back_inserter(bytes), "${}\r\n", word.size());
    bytes.append(word).append("\r\n");
  }
  return bytes;
}

struct ReplyReader::State {
  std::unique_ptr<redisReader, FreeReader> reader{redisReaderCreateWithFunctions(&functions)};
  std::size_t bytes_since_reply = 0;
  bool is_over = false;
};

ReplyReader::ReplyReader() : state_(std::make_unique<State>()) {}
ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::string_view bytes) {
  state_->bytes_since_reply += bytes.size();
  // What the reader refuses it tells again when it is asked for a reply.
  if (!state_->is_over) redisReaderFeed(state_->reader.get(), bytes.data(), bytes.size());
}

Result<std::optional<Reply>> ReplyReader::next() {
  if (state_->is_over) return malformed("after an error");
  void* found = nullptr;
  if (redisReaderGetReply(state_->reader.get(), &found) != REDIS_OK) {
    state_->is_over = true;
    return malformed(state_->reader->errstr);
  }
  if (found == nullptr) {
    if (state_->bytes_since_reply <= kMaxBytes) return std::nullopt;
    state_->is_over = true;
    return malformed("a reply over the limit");
  }
  state_->bytes_since_reply = 0;
  const std::unique_ptr<Reply> reply(static_cast<Reply*>(found));
  return std::optional(std::move(*reply));
}

}  // namespace sovereign::cache
