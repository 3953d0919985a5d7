// Requests must mean the same however their bytes are split on the way: all at once, byte by byte,
// or in pieces. Limits are small so that they are reached.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_reader.hpp"

namespace {

using namespace sovereign::http;

constexpr ReaderLimits kLimits{.head = {.bytes = 600, .header_count = 8}, .body_bytes = 9000};

/// Paths that begin with /s are streamed.
std::optional<StreamedBody> stream_rule(const Request& head) {
  if (!head.path.starts_with("/s")) return std::nullopt;
  return StreamedBody{.limit_bytes = 20'000};
}

std::string describe(RequestReader& reader, std::string_view streamed) {
  const Request& request = reader.request();
  std::string text = fmt::format("{} {} {} {} [{}{}]", to_string(request.method), request.target,
                                 request.path, request.query, request.body, streamed);
  for (const Header& header : request.headers) {
    text += fmt::format("\n{}:{}", header.name, header.value);
  }
  return text + (reader.head().keep_alive ? "\nkeep" : "\nclose");
}

Progress advance(RequestReader& reader, std::string& streamed) {
  const Progress progress = reader.parse();
  if (reader.phase() != RequestReader::Phase::streaming) return progress;
  const auto part = reader.take_body();
  streamed.append(part.bytes);
  return part.progress;
}

/// What was read: each request, then how it ended.
std::vector<std::string> read_all(std::string_view bytes,
                                  const std::function<std::size_t()>& piece_size) {
  RequestReader reader(kLimits, stream_rule);
  std::vector<std::string> seen;
  std::string streamed;
  for (;;) {
    switch (advance(reader, streamed)) {
      case Progress::complete:
        seen.push_back(describe(reader, streamed));
        streamed.clear();
        reader.next();
        continue;
      case Progress::refused:
        seen.push_back(
            fmt::format("refused {} {}", reader.refusal().status, reader.refusal().detail));
        return seen;
      case Progress::incomplete: break;
    }
    if (bytes.empty()) return seen;
    const auto space = reader.space();
    const auto take =
        std::min({bytes.size(), space.size(), std::max<std::size_t>(1, piece_size())});
    if (space.empty()) std::abort();  // A reader that wants more must have room for it.
    std::memcpy(space.data(), bytes.data(), take);
    reader.commit(take);
    bytes.remove_prefix(take);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_all(bytes, [&] { return size; });
  std::uint32_t state = static_cast<std::uint32_t>(std::hash<std::string_view>{}(bytes)) | 1U;
  const auto random_piece = [&]() -> std::size_t {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % 97;
  };
  if (read_all(bytes, [] { return std::size_t{1}; }) != whole) std::abort();
  if (read_all(bytes, random_piece) != whole) std::abort();
  return 0;
}
