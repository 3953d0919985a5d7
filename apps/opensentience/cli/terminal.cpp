#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

namespace sovereign::opensentience {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

/// U+0080 to U+009F, in UTF-8: control characters too.
bool is_late_control(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]) == 0xC2U && at + 1 < text.size() &&
         static_cast<unsigned char>(text[at + 1]) < 0xA0U;
}

std::string harmless(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' && keep_lines) {
      out += c;
    } else if (c == '\n' || c == '\t' || c == '\r') {
      out += ' ';
    } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
      out += kReplacement;
    } else if (is_late_control(text, i)) {
      out += kReplacement;
      ++i;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return harmless(text, false); }
std::string printable_lines(std::string_view text) { return harmless(text, true); }

std::string shortened(std::string_view text, std::size_t width) {
  if (width == 0 || character_count(text) <= width) return std::string(text);
  std::size_t characters = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (continues_character(text[at])) continue;
    if (++characters == width) break;
  }
  return std::string(text.substr(0, at)) + std::string(kEllipsis);
}

std::string relative_time(base::Timestamp at, base::Timestamp now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - at).count();
  const auto distance = std::abs(seconds);
  if (distance < 10) return "just now";
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> units{{{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
  const auto unit =
      *std::ranges::find_if(units, [&](const Unit& one) { return distance >= one.seconds; });
  const auto amount = fmt::format("{} {}", distance / unit.seconds, unit.name);
  return seconds >= 0 ? amount + " ago" : "in " + amount;
}

std::string byte_count(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> units{"KB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto amount = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (amount >= 1000 && unit + 1 < units.size()) {
    amount /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", amount, amount < 10 ? 1 : 0, units.at(unit));
}

std::string duration(double milliseconds) {
  if (milliseconds < 1) return fmt::format("{:.0f} us", milliseconds * 1000);
  if (milliseconds < 1000) return fmt::format("{:.0f} ms", milliseconds);
  if (milliseconds < 120'000) return fmt::format("{:.1f} s", milliseconds / 1000);
  return fmt::format("{:.0f} min", milliseconds / 60'000);
}

std::string TextTable::text(std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < heads_.size(); ++column) {
    std::size_t widest = character_count(heads_[column]);
    for (const auto& row : rows_) widest = std::max(widest, character_count(row.at(column)));
    widths.push_back(widest);
  }
  std::size_t used = 0;
  for (std::size_t column = 0; column + 1 < widths.size(); ++column) used += widths[column] + 2;
  const std::size_t left = width > used + 8 ? width - used : 0;
  std::string out;
  const auto put = [&](const std::vector<std::string>& cells) {
    for (std::size_t column = 0; column + 1 < cells.size(); ++column) {
      out += cells[column];
      out.append(widths[column] - character_count(cells[column]) + 2, ' ');
    }
    out += shortened(cells.back(), left);
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  put(heads_);
  for (const auto& row : rows_) put(row);
  return out;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

bool output_is_terminal() { return ::isatty(STDOUT_FILENO) != 0; }

bool can_ask() { return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0; }

bool ask(std::string_view question) {
  fmt::print(stderr, "{} [y/N] ", question);
  std::fflush(stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace sovereign::opensentience
