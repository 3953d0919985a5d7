// From typed values to JSON text, by the type's field table, straight into a string. Absent
// optional members are left out.
#pragma once

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "json/parse.hpp"
#include "json/table.hpp"

namespace sovereign::json {

/// Appends `text` quoted and escaped, for JCS as well: only what RFC 8259 requires.
void write_string(std::string& out, std::string_view text);

void write(std::string& out, bool value);
void write(std::string& out, std::int64_t value);
void write(std::string& out, std::uint64_t value);
inline void write(std::string& out, int value) { write(out, static_cast<std::int64_t>(value)); }
/// Shortest text that reads back the same; null for what JSON cannot say (NaN, infinities).
void write(std::string& out, double value);
void write(std::string& out, const Value& value);
void write(std::string& out, base::Timestamp value);
inline void write(std::string& out, const std::string& value) { write_string(out, value); }
inline void write(std::string& out, std::string_view value) { write_string(out, value); }
inline void write(std::string& out, const Raw& value) { out += value.text; }
inline void write(std::string& out, const base::Uuid& value) {
  write_string(out, value.to_string());
}

template <typename Tag>
void write(std::string& out, const base::Id<Tag>& value) {
  write(out, value.uuid);
}

template <Named E>
void write(std::string& out, E value) {
  write_string(out, name_of(value));
}

template <typename T>
void write(std::string& out, const std::vector<T>& values);

template <Tabled T>
void write(std::string& out, const T& value) {
  out += '{';
  bool first = true;
  for_each_field<T>([&](const auto& field) {
    const auto put = [&](const auto& member) {
      if (!first) out += ',';
      first = false;
      write_string(out, field.name);
      out += ':';
      write(out, member);
    };
    const auto& member = value.*field.member;
    if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
      if (member) put(*member);
    } else {
      put(member);
    }
  });
  out += '}';
}

template <typename T>
void write(std::string& out, const std::vector<T>& values) {
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    write(out, values[i]);
  }
  out += ']';
}

template <typename T>
std::string to_text(const T& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace sovereign::json
