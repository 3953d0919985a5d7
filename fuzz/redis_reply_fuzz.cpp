// Feeds bytes to the reader of Redis' replies, whole and byte by byte, which must agree; and what
// was read to those who look for redirections and a cluster's nodes.
#include <cstdlib>
#include <string_view>
#include <vector>

#include "cache/redis_slots.hpp"
#include "cache/resp.hpp"

namespace cache = sovereign::cache;

namespace {

/// What `reader` has; `is_over` once it refuses more.
void take(cache::ReplyReader& reader, std::vector<cache::Reply>& replies, bool& is_over) {
  while (!is_over) {
    auto reply = reader.next();
    is_over = !reply;
    if (is_over || !*reply) return;
    replies.push_back(std::move(**reply));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<cache::Reply> whole;
  std::vector<cache::Reply> pieces;
  cache::ReplyReader fast;
  cache::ReplyReader slow;
  bool fast_is_over = false;
  bool slow_is_over = false;
  fast.feed(bytes);
  take(fast, whole, fast_is_over);
  for (const char& byte : bytes) {
    slow.feed({&byte, 1});
    take(slow, pieces, slow_is_over);
  }
  if (whole != pieces || fast_is_over != slow_is_over) std::abort();
  for (const auto& reply : whole) {
    const auto redirection = cache::redirection_of(reply);
    if (redirection && redirection->slot >= cache::kSlots) std::abort();
    const auto slots = cache::SlotMap::read(reply, {"asked", 1});
    if (slots && slots->nodes().size() > cache::SlotMap::kMaxNodes) std::abort();
  }
  return 0;
}
