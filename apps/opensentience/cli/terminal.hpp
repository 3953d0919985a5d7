// What a person sees: tables, times and sizes in words, and only harmless characters, since names
// and outputs come from strangers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace sovereign::opensentience {

/// `text` without control characters (escape sequences of terminals start with one): each becomes
/// U+FFFD, line breaks and tabs a space.
std::string printable(std::string_view text);
/// The same, but line breaks stay.
std::string printable_lines(std::string_view text);

/// Cut to `width` characters, the last one an ellipsis where something was cut.
std::string shortened(std::string_view text, std::size_t width);

/// "just now", "5 min ago", "3 h ago", "12 d ago"; "in 5 min" for the future.
std::string relative_time(base::Timestamp at, base::Timestamp now);
/// "512 B", "1.5 KB", "20 MB".
std::string byte_count(std::uint64_t bytes);
/// "850 us", "12 ms", "3.4 s", "5 min".
std::string duration(double milliseconds);

/// Columns as wide as their content, headed; the last one is cut to what is left of the terminal.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> heads) : heads_(std::move(heads)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  /// `width` 0: nothing is cut.
  std::string text(std::size_t width) const;

 private:
  std::vector<std::string> heads_;
  std::vector<std::vector<std::string>> rows_;
};

/// Of standard output; 0 when it is no terminal.
std::size_t terminal_width();
bool output_is_terminal();
/// Whether a person can be asked: standard input and error are terminals.
bool can_ask();
/// Asks a yes-or-no question on the terminal; anything but y or yes is no.
bool ask(std::string_view question);

}  // namespace sovereign::opensentience
