// Cursors: what decodes is exactly what is encoded again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/discovery/cursor.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto cursor = sovereign::registry::decode_cursor(text);
  if (cursor && sovereign::registry::encode_cursor(*cursor) != text) std::abort();
  return 0;
}
