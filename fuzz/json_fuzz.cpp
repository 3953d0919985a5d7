// The strict JSON reader: what it accepts survives printing and canonicalisation unchanged.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/canonical.hpp"
#include "json/parse.hpp"
#include "json/write.hpp"

namespace json = sovereign::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = json::parse(text);
  if (!value) return 0;
  const std::string canonical = json::canonical(*value);
  const auto again = json::parse(canonical);
  if (!again || json::canonical(*again) != canonical) std::abort();
  if (const auto* object = value->if_object()) {
    for (const auto& member : *object) {
      const std::string_view name{member.key().data(), member.key().size()};
      const auto raw = json::raw_member(text, name);
      // A name written with escapes is not found; what is found must be that very member.
      if (raw) {
        const auto part = json::parse(*raw);
        if (!part || json::canonical(*part) != json::canonical(member.value())) std::abort();
      }
    }
  }
  return 0;
}
