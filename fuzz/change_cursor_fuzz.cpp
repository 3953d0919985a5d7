// Cursors of the change feed: what decodes is exactly what is encoded again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/changes/cursor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sovereign::registry::ChangeCursors cursors("fuzz");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cursor = cursors.decode(text);
  if (cursor && cursors.encode(*cursor) != text) std::abort();
  return 0;
}
