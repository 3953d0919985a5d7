// Redaction: known secrets never come through, what was redacted is not redacted again, the work is
// linear, and documents keep to their bounds.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/redaction/line_redactor.hpp"
#include "core/redaction/redactor.hpp"
#include "json/parse.hpp"
#include "json/write.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sovereign;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  core::Redactor redactor;
  const auto handle = redactor.add_secret("open sesame");

  core::RedactionStats stats;
  const std::string once = redactor.text(text, &stats);
  require(!once.contains("open sesame"));
  require(stats.steps <= 16 * size + 1024);
  require(redactor.text(once) == once);

  core::LineRedactor lines(redactor);
  for (std::size_t begin = 0; begin < size;) {
    const std::size_t end = std::min(text.find('\n', begin), size);
    require(!lines.line(text.substr(begin, end - begin)).contains("open sesame"));
    begin = end + 1;
  }

  if (const auto value = json::parse(text)) {
    const auto out = json::to_text(redactor.value(*value));
    require(!out.contains("open sesame"));
    require(out.size() < 2'000'000);
    require(json::parse(out).has_value());
  }
  return 0;
}
