// Lines of agents' logs: whatever an agent writes, each kept line is one bounded line of UTF-8 that
// reads back as it was written, however the bytes were cut into pieces.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.hpp"
#include "core/launcher/log_lines.hpp"

namespace {

using namespace sovereign;

std::vector<std::string> split(std::string_view bytes, std::size_t piece) {
  core::LineSplitter splitter;
  std::vector<std::string> lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    for (auto& line : splitter.feed(bytes.substr(0, piece))) lines.push_back(std::move(line));
  }
  if (auto rest = splitter.finish()) lines.push_back(std::move(*rest));
  return lines;
}

void expect(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto lines = split(bytes, size + 1);
  expect(lines == split(bytes, 1));
  for (const auto& line : lines) {
    expect(line.size() <= core::kLogLineRead);
    const core::LogLine kept{.text = core::storable(line)};
    expect(kept.text.size() <= core::kLogLineStored && base::is_utf8(kept.text));
    const std::string text = core::format_line(kept);
    expect(text.find('\n') == text.size() - 1);
    expect(core::parse_line(std::string_view(text).substr(0, text.size() - 1)) == kept);
  }
  return 0;
}
