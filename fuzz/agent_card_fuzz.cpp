// Reads the input as a URL, and as an agent card: what is accepted is in its normal form, so
// reading that again changes nothing.
#include <cstdlib>
#include <string_view>

#include "json/parse.hpp"
#include "registry/compat/card_check.hpp"
#include "registry/compat/web_url.hpp"

namespace registry = sovereign::registry;
namespace json = sovereign::json;

namespace {

void check_url(std::string_view text) {
  const auto url = registry::parse_web_url(text);
  if (!url || !url->is_http()) return;
  const auto normal = url->to_string();
  const auto again = registry::parse_web_url(normal);
  if (!again || again->to_string() != normal) std::abort();
}

void check_card(const json::Value& card) {
  const auto checked = registry::check_card(card);
  const auto description = registry::describe_faults(checked);
  if (description.empty() || checked.kept.size() > registry::kMaxCardFaults) std::abort();
  if (!checked.is_valid()) return;
  const auto again = registry::check_card(json::Value(checked.normalised));
  if (!again.is_valid() || again.normalised != checked.normalised) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_url(text);
  if (const auto document = json::parse(text)) check_card(*document);
  return 0;
}
