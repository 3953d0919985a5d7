#include "registry/compat/card_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "registry/compat/card_profile.hpp"
#include "registry/compat/web_url.hpp"

namespace sovereign::registry {
namespace {

using json::Array;
using json::Object;
using json::Value;

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

/// Whether a word or number means yes or no, as lenient validators have it.
std::optional<bool> lenient_flag(const Value& value) {
  if (const auto* flag = value.if_bool()) return *flag;
  if (value.is_number()) {
    const auto number = value.to_number<double>();
    if (number == 0 || number == 1) return number == 1;
    return std::nullopt;
  }
  const auto* text = value.if_string();
  if (text == nullptr) return std::nullopt;
  const auto word = base::to_lower_ascii(view(*text));
  for (const auto* yes : {"true", "1", "yes", "on", "t", "y"}) {
    if (word == yes) return true;
  }
  for (const auto* no : {"false", "0", "no", "off", "f", "n"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

/// Walks a card along the profile. Each function answers the normalised value, or nullopt after
/// noting what is wrong.
class CardReader {
 public:
  explicit CardReader(CheckedCard& out) : out_(out) {}

  std::optional<Value> read(const CardMember& member, const Value& value);
  std::optional<Value> read_model(const CardModel& model, const Value& value);
  /// The members of `object`; those that are wrong are left out.
  Object read_members(const CardModel& model, const Object& object);

 private:
  std::optional<Value> read_url(const CardMember& member, const Value& value);
  std::optional<Value> read_list(const CardMember& member, const Value& value);
  std::optional<Value> read_scheme(const Value& value);

  std::nullopt_t fault(std::string_view type, std::string message) {
    ++out_.faults;
    if (out_.kept.size() < kMaxCardFaults) out_.kept.push_back({location_, type, message});
    return std::nullopt;
  }

  /// Runs `step` one level deeper in the card.
  template <typename Step>
  auto within(std::string_view name, Step step) {
    const auto before = location_.size();
    if (!location_.empty()) location_ += '.';
    location_ += name;
    auto result = step();
    location_.resize(before);
    return result;
  }

  CheckedCard& out_;
  std::string location_;
};

std::optional<Value> CardReader::read(const CardMember& member, const Value& value) {
  switch (member.kind) {
    case CardKind::text:
      if (value.is_string()) return value;
      return fault("string_type", "Input should be a valid string");
    case CardKind::agent_url:
    case CardKind::web_url: return read_url(member, value);
    case CardKind::flag:
      if (const auto flag = lenient_flag(value)) return Value(*flag);
      if (value.is_structured() || value.is_null())
        return fault("bool_type", "Input should be a valid boolean");
      return fault("bool_parsing", "Input should be a valid boolean, unable to interpret input");
    case CardKind::scheme: return read_scheme(value);
    case CardKind::object:
      if (value.is_object()) return value;
      return fault("dict_type", "Input should be a valid dictionary");
    case CardKind::texts:
    case CardKind::models: return read_list(member, value);
    case CardKind::model: return read_model(*member.model, value);
  }
  return std::nullopt;
}

std::optional<Value> CardReader::read_scheme(const Value& value) {
  const auto* text = value.if_string();
  if (text != nullptr && std::ranges::find(kAuthSchemes, view(*text)) != std::end(kAuthSchemes)) {
    return value;
  }
  return fault("literal_error", "Input should be 'apiKey', 'bearer', 'oauth2' or 'none'");
}

std::optional<Value> CardReader::read_url(const CardMember& member, const Value& value) {
  const auto* text = value.if_string();
  if (text == nullptr) return fault("url_type", "URL input should be a string or URL");
  const bool is_endpoint = member.kind == CardKind::agent_url;
  if (!is_endpoint && base::count_code_points(view(*text)) > kMaxCardUrl) {
    return fault("url_too_long", fmt::format("URL should have at most {} characters", kMaxCardUrl));
  }
  const auto url = parse_web_url(view(*text));
  if (!url) {
    return fault("url_parsing",
                 fmt::format("Input should be a valid URL, {}", to_string(url.error())));
  }
  if (!is_endpoint && !url->is_http()) {
    return fault("url_scheme", "URL scheme should be 'http' or 'https'");
  }
  // The host decides, not how the text begins: http://localhost.example.com is not localhost.
  if (is_endpoint && url->scheme != "https" &&
      !(url->scheme == "http" && url->host == "localhost")) {
    return fault("value_error", "Value error, Agent URL must use HTTPS unless it is localhost");
  }
  return Value(url->to_string());
}

std::optional<Value> CardReader::read_list(const CardMember& member, const Value& value) {
  const auto* array = value.if_array();
  if (array == nullptr) return fault("list_type", "Input should be a valid list");
  if (array->size() < member.min_items) {
    return fault("too_short",
                 fmt::format("List should have at least {} item after validation, not {}",
                             member.min_items, array->size()));
  }
  const auto before = out_.faults;
  const CardMember item{.name = {}, .model = member.model};
  Array list;
  list.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    auto element = within(std::to_string(i), [&] {
      return member.kind == CardKind::models ? read_model(*member.model, (*array)[i])
                                             : read(item, (*array)[i]);
    });
    if (element) list.push_back(std::move(*element));
  }
  if (out_.faults != before) return std::nullopt;
  return Value(std::move(list));
}

Object CardReader::read_members(const CardModel& model, const Object& object) {
  Object normalised;
  for (const auto& member : model.members) {
    const Value* value = object.if_contains(member.name);
    const bool is_optional = member.presence == CardPresence::optional;
    if (is_optional && (value == nullptr || value->is_null())) {
      normalised[member.name] = nullptr;
      continue;
    }
    auto read_value = within(member.name, [&]() -> std::optional<Value> {
      if (value == nullptr) return fault("missing", "Field required");
      return read(member, *value);
    });
    if (read_value) normalised[member.name] = std::move(*read_value);
  }
  return normalised;
}

std::optional<Value> CardReader::read_model(const CardModel& model, const Value& value) {
  const auto* object = value.if_object();
  if (object == nullptr) {
    return fault("model_type",
                 fmt::format("Input should be a valid dictionary or instance of {}", model.name));
  }
  const auto before = out_.faults;
  auto normalised = read_members(model, *object);
  if (out_.faults != before) return std::nullopt;
  const auto* scheme = normalised.if_contains("scheme");
  if (scheme != nullptr && *scheme == "oauth2" && normalised.at("tokenUrl").is_null()) {
    return fault("value_error", "Value error, 'tokenUrl' is required when scheme is 'oauth2'");
  }
  return Value(std::move(normalised));
}

/// "authSchemes.0.scheme" -> "/authSchemes/0/scheme". Members of the profile hold no dots.
std::string pointer_of(std::string_view prefix, std::string_view location) {
  std::string pointer(prefix);
  if (location.empty()) return pointer;
  pointer += '/';
  for (const char c : location) pointer += c == '.' ? '/' : c;
  return pointer;
}

}  // namespace

CheckedCard check_card(const Value& card) {
  CheckedCard checked;
  CardReader reader(checked);
  auto normalised = reader.read_model(kAgentCardModel, card);
  if (normalised) checked.normalised = std::move(normalised->get_object());
  return checked;
}

Object valid_members(const Value& card) {
  const auto* object = card.if_object();
  if (object == nullptr) return {};
  CheckedCard ignored;
  auto members = CardReader(ignored).read_members(kAgentCardModel, *object);
  for (const auto& member : kAgentCardModel.members) {
    if (!object->contains(member.name)) members.erase(member.name);
  }
  return members;
}

std::string describe_faults(const CheckedCard& checked) {
  auto text = fmt::format("{} validation error{} for {}", checked.faults,
                          checked.faults == 1 ? "" : "s", kAgentCardModel.name);
  for (const auto& fault : checked.kept) {
    if (!fault.location.empty()) text += '\n' + fault.location;
    text += fmt::format("\n  {} [type={}]", fault.message, fault.type);
  }
  return text;
}

Failure card_failure(const CheckedCard& checked, std::string_view opening,
                     std::string_view prefix) {
  auto failure =
      base::fail(ErrorCode::unprocessable, std::string(opening) + describe_faults(checked));
  for (const auto& fault : checked.kept) {
    failure.error().fields.push_back(
        {pointer_of(prefix, fault.location), std::string(fault.type), fault.message});
  }
  return failure;
}

}  // namespace sovereign::registry
