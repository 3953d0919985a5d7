#include "core/manifest/member_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sovereign::core {
namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

ProblemSeverity severity_of(Presence presence) {
  return presence == Presence::required ? ProblemSeverity::error : ProblemSeverity::warning;
}

bool is_web_address(std::string_view text) {
  const bool is_web = text.starts_with("https://") || text.starts_with("http://");
  return is_web && text.find_first_of(" \"<>\\^`{|}") == std::string_view::npos;
}

}  // namespace

void Problems::add(ManifestProblem problem) {
  has_errors_ = has_errors_ || problem.severity == ProblemSeverity::error;
  if (list_.size() < kLimit) list_.push_back(std::move(problem));
}

std::string MemberReader::pointer_to(std::string_view name) const {
  return pointer_ + "/" + json::escape_pointer(name);
}

void MemberReader::problem(std::string_view name, std::string_view code, std::string message,
                           ProblemSeverity severity) {
  problems_.add({pointer_to(name), std::string(code), std::move(message), severity});
}

void MemberReader::invalid(std::string_view name, Presence presence, std::string message) {
  problem(name, "invalid_field", std::move(message), severity_of(presence));
}

const json::Value* MemberReader::find(std::string_view name) const {
  return object_.if_contains(name);
}

const json::Value* MemberReader::expect(std::string_view name, Presence presence) {
  const auto* value = find(name);
  if (value == nullptr && presence == Presence::required) {
    problem(name, "missing_field", fmt::format("\"{}\" is required.", name),
            ProblemSeverity::error);
  }
  return value;
}

std::string MemberReader::text(std::string_view name, Presence presence, TextRule rule) {
  const auto* value = expect(name, presence);
  if (value == nullptr) return {};
  const auto* text = value->if_string();
  if (text == nullptr || text->size() > rule.max_bytes ||
      (text->empty() && presence == Presence::required)) {
    invalid(name, presence, fmt::format("A text of 1 to {} bytes is wanted.", rule.max_bytes));
    return {};
  }
  if (!is_plain_text(view(*text), rule.lines)) {
    invalid(name, presence, "Control characters and invisible ones are not allowed.");
    return {};
  }
  return std::string(view(*text));
}

const json::Array* MemberReader::array(std::string_view name, Presence presence,
                                       std::size_t max_items) {
  const auto* value = expect(name, presence);
  if (value == nullptr) return nullptr;
  const auto* items = value->if_array();
  if (items == nullptr || items->size() > max_items) {
    invalid(name, presence, fmt::format("An array of {} items at most is wanted.", max_items));
    return nullptr;
  }
  return items;
}

std::vector<std::string> MemberReader::texts(std::string_view name, Presence presence,
                                             ListRule rule) {
  std::vector<std::string> texts;
  const auto* items = array(name, presence, rule.max_items);
  if (items == nullptr) return texts;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto* text = (*items)[i].if_string();
    if (text == nullptr || text->empty() || text->size() > rule.max_bytes ||
        !is_plain_text(view(*text))) {
      problems_.add({fmt::format("{}/{}", pointer_to(name), i), "invalid_field",
                     fmt::format("A plain text of 1 to {} bytes is wanted.", rule.max_bytes),
                     severity_of(presence)});
      continue;
    }
    texts.emplace_back(view(*text));
  }
  return texts;
}

std::string MemberReader::web_address(std::string_view name) {
  auto address = text(name, Presence::optional, {.max_bytes = 2000});
  if (address.empty() || is_web_address(address)) return strip_user_information(address);
  invalid(name, Presence::optional, "An http or https address is wanted.");
  return {};
}

std::optional<std::string> MemberReader::amount_text(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = value->if_string(); text != nullptr && text->size() <= 32) {
    return std::string(view(*text));
  }
  if (value->is_int64() && value->get_int64() >= 0) return fmt::to_string(value->get_int64());
  invalid(name, Presence::optional, "An amount with its unit is wanted, as a text.");
  return std::nullopt;
}

std::optional<Quantity> MemberReader::count(std::string_view name) {
  return quantity(name, [](std::string_view text) -> std::optional<std::uint64_t> {
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end || number == 0) return std::nullopt;
    return number;
  });
}

const json::Object* MemberReader::object(std::string_view name, Presence presence) {
  const auto* value = expect(name, presence);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) invalid(name, presence, "An object is wanted.");
  return value->if_object();
}

}  // namespace sovereign::core
