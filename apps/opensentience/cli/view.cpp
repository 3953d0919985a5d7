#include "cli/view.hpp"

#include <cmath>

#include "cli/terminal.hpp"
#include "json/text.hpp"
#include "json/write.hpp"

namespace sovereign::opensentience {
namespace {

void write_pretty(std::string& out, const json::Value& value, std::size_t depth) {
  const auto line = [&](std::size_t levels) { out += '\n' + std::string(levels * 2, ' '); };
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& member : *object) {
      if (out.back() != '{') out += ',';
      line(depth + 1);
      json::write_string(out, member.key());
      out += ": ";
      write_pretty(out, member.value(), depth + 1);
    }
    line(depth);
    out += '}';
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (const auto& item : *array) {
      if (out.back() != '[') out += ',';
      line(depth + 1);
      write_pretty(out, item, depth + 1);
    }
    line(depth);
    out += ']';
  } else {
    json::write(out, value);
  }
}

}  // namespace

View View::operator[](std::string_view name) const {
  View member;
  if (value_ == nullptr) return member;
  if (const auto* object = value_->if_object()) member.value_ = object->if_contains(name);
  return member;
}

std::string View::raw() const {
  if (value_ == nullptr) return {};
  const auto* string = value_->if_string();
  return string == nullptr ? std::string() : std::string(*string);
}

std::string View::text() const {
  if (!exists()) return {};
  if (value_->is_string()) return printable(raw());
  if (value_->is_object() || value_->is_array()) return {};
  std::string out;
  json::write(out, *value_);
  return out;
}

double View::number() const {
  if (value_ == nullptr) return 0;
  if (const auto* number = value_->if_int64()) return static_cast<double>(*number);
  if (const auto* number = value_->if_uint64()) return static_cast<double>(*number);
  const auto* number = value_->if_double();
  return number == nullptr ? 0 : *number;
}

bool View::flag() const {
  const bool* flag = value_ == nullptr ? nullptr : value_->if_bool();
  return flag != nullptr && *flag;
}

std::optional<base::Timestamp> View::time() const { return base::parse_rfc3339(raw()); }

std::vector<View> View::items() const {
  std::vector<View> items;
  const auto* array = value_ == nullptr ? nullptr : value_->if_array();
  if (array == nullptr) return items;
  for (const auto& item : *array) items.emplace_back(item);
  return items;
}

std::string View::joined(std::string_view separator) const {
  std::string out;
  for (const auto& item : items()) {
    if (!out.empty()) out += separator;
    out += item.text();
  }
  return out;
}

std::string View::compact() const {
  if (value_ == nullptr) return {};
  std::string out;
  json::write(out, *value_);
  return printable(out);
}

std::string View::pretty() const {
  return value_ == nullptr ? std::string() : printable_lines(pretty_json(*value_));
}

std::string pretty_json(const json::Value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out;
}

std::string pretty_member(std::string_view document, std::string_view name) {
  const auto member = json::raw_member(document, name);
  return member ? printable_lines(json::pretty(*member)) : std::string();
}

std::string compact_member(std::string_view document, std::string_view name) {
  std::string out;
  if (const auto member = json::raw_member(document, name)) json::append_compact(out, *member);
  return printable(out);
}

}  // namespace sovereign::opensentience
