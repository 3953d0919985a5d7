// The frame decoder: however a stream is cut into portions, the same frames come out and the same
// end is met.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/frame_decoder.hpp"

namespace ipc = sovereign::ipc;

namespace {

constexpr std::size_t kMaxFrame = 1000;

struct Outcome {
  std::vector<std::string> frames;
  int error = -1;
  bool is_within_frame = false;

  bool operator==(const Outcome&) const = default;
};

/// `portion` bytes at a time; 0: in portions that the bytes themselves choose.
Outcome decode(std::string_view bytes, std::size_t portion) {
  ipc::FrameDecoder decoder(kMaxFrame);
  Outcome outcome;
  while (!bytes.empty()) {
    const auto space = decoder.space();
    if (space.empty()) std::abort();
    const std::size_t wanted =
        portion > 0 ? portion : 1 + static_cast<std::uint8_t>(bytes.front()) % 32;
    const std::size_t size = std::min({wanted, bytes.size(), space.size()});
    std::ranges::copy(bytes.substr(0, size), space.begin());
    decoder.commit(size);
    bytes.remove_prefix(size);
    for (;;) {
      const auto frame = decoder.next();
      if (!frame) {
        outcome.error = static_cast<int>(frame.error());
        return outcome;
      }
      if (!*frame) break;
      if ((*frame)->empty() || (*frame)->size() > kMaxFrame) std::abort();
      outcome.frames.emplace_back(**frame);
    }
  }
  outcome.is_within_frame = decoder.is_within_frame();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = decode(bytes, std::max<std::size_t>(size, 1));
  if (decode(bytes, 1) != whole || decode(bytes, 0) != whole) std::abort();
  return 0;
}
