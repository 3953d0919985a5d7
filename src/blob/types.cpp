#include "blob/types.hpp"

#include <algorithm>

namespace sovereign::blob {
namespace {

constexpr std::size_t kMaxKeyBytes = 200;
constexpr std::ptrdiff_t kMaxSegments = 8;

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
         c == '/';
}

}  // namespace

Result<Key> Key::parse(std::string_view text) {
  const bool is_key = !text.empty() && text.size() <= kMaxKeyBytes &&
                      std::ranges::all_of(text, is_key_character) && text.front() != '.' &&
                      text.front() != '/' && text.back() != '/' && !text.contains("//") &&
                      !text.contains("/.") && std::ranges::count(text, '/') < kMaxSegments;
  if (is_key) return Key(std::string(text));
  return base::fail(ErrorCode::malformed, "This is no key of a stored object.");
}

}  // namespace sovereign::blob
