#include "json/write.hpp"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <cmath>

namespace sovereign::json {
namespace {

template <typename Number>
void write_number(std::string& out, Number value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}

void write_control(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[static_cast<unsigned char>(c) >> 4];
  out += kDigits[static_cast<unsigned char>(c) & 0x0f];
}

constexpr bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

}  // namespace

void write_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!needs_escape(c)) continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default: write_control(out, c);
    }
  }
  out.append(text, plain);
  out += '"';
}

void write(std::string& out, bool value) { out += value ? "true" : "false"; }
void write(std::string& out, std::int64_t value) { write_number(out, value); }
void write(std::string& out, std::uint64_t value) { write_number(out, value); }

void write(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    write_number(out, value);
  }
}

void write(std::string& out, const Value& value) { out += boost::json::serialize(value); }
void write(std::string& out, base::Timestamp value) { write_string(out, base::to_rfc3339(value)); }

}  // namespace sovereign::json
