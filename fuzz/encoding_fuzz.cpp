// The text encodings of base: whatever a decoder accepts, the encoder prints and the decoder reads
// back unchanged; and whatever bytes there are, the encoder's text decodes to them.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/uuid.hpp"

namespace base = sovereign::base;

namespace {

/// Aborts, so that both libFuzzer and the replay of the corpus take it for a failure.
void require(bool holds) {
  if (!holds) std::abort();
}

bool same_bytes(std::span<const std::uint8_t> left, std::string_view right) {
  const auto bytes = base::as_bytes(right);
  return std::equal(left.begin(), left.end(), bytes.begin(), bytes.end());
}

void check_hex(std::string_view text) {
  const auto decoded = base::from_hex(text);
  if (decoded) require(base::to_hex(*decoded) == base::to_lower_ascii(text));
  const auto back = base::from_hex(base::to_hex(base::as_bytes(text)));
  require(back && same_bytes(*back, text));
}

void check_base64url(std::string_view text) {
  const auto decoded = base::from_base64url(text);
  if (decoded) require(base::to_base64url(*decoded) == text);
  const auto back = base::from_base64url(base::to_base64url(base::as_bytes(text)));
  require(back && same_bytes(*back, text));
}

void check_percent(std::string_view text) {
  const auto decoded = base::percent_decode(text);
  if (decoded) require(base::percent_decode(base::percent_encode(*decoded)) == decoded);
  require(base::percent_decode(base::percent_encode(text)) == text);
  // A space spelt '+' changes no byte count and no escape's validity.
  const auto form = base::percent_decode(text, base::PlusSign::space);
  require(form.has_value() == decoded.has_value());
  if (form) require(form->size() == decoded->size());
}

void check_utf8(std::string_view text) {
  require(base::count_code_points(text) <= text.size());
  if (!base::is_utf8(text)) return;
  const std::string twice = std::string(text) + std::string(text);
  require(base::is_utf8(twice));
  require(base::count_code_points(twice) == 2 * base::count_code_points(text));
  require(base::is_utf8(base::trim_ascii(text)));
}

void check_time(std::string_view text) {
  const auto time = base::parse_rfc3339(text);
  if (!time) return;
  // An offset may carry the instant out of the years that have four digits; RFC 3339 ends there.
  const bool printable = *time >= *base::parse_rfc3339("0000-01-01T00:00:00Z") &&
                         *time <= *base::parse_rfc3339("9999-12-31T23:59:59.999999Z");
  if (printable) require(base::parse_rfc3339(base::to_rfc3339(*time)) == time);
}

void check_uuid(std::string_view text) {
  const auto uuid = base::Uuid::parse(text);
  if (uuid) require(uuid->to_string() == base::to_lower_ascii(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_hex(text);
  check_base64url(text);
  check_percent(text);
  check_utf8(text);
  check_time(text);
  check_uuid(text);
  return 0;
}
