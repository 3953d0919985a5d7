// Headers of uploads and downloads: what is taken is well-formed, and a digest that was printed is
// read back.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "http/range.hpp"
#include "registry/artifacts/types.hpp"

using namespace sovereign;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{10}, UINT64_MAX}) {
    const auto choice = http::choose_range(text, length);
    if (choice.kind != http::RangeChoice::Kind::part) continue;
    if (choice.size == 0 || choice.first >= length || choice.size > length - choice.first) {
      std::abort();
    }
  }
  for (const std::string_view name : {"Content-Digest", "Digest", "X-Content-SHA256"}) {
    const std::vector<http::Header> headers = {{name, text}};
    const http::Request request{.headers = headers};
    const auto digest = registry::declared_digest(request);
    if (!digest || !*digest) continue;
    const auto field = registry::digest_field(**digest);
    const std::vector<http::Header> again = {{"Repr-Digest", field}};
    const http::Request echo{.headers = again};
    if (registry::declared_digest(echo).value() != *digest) std::abort();
  }
  const std::vector<http::Header> typed = {{"Content-Type", text}};
  const auto type = registry::media_type_of(http::Request{.headers = typed});
  if (type && type->find_first_of("\r\n") != std::string::npos) std::abort();
  return 0;
}
