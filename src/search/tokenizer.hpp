// Cuts text into folded words. Words end at anything but letters and digits; identifiers are also
// cut at camelCase and letter/digit borders; Chinese, Japanese and Korean become overlapping pairs
// of characters. "mcp-server" gives mcp and server, and mcpserver laid over them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/schema.hpp"

namespace sovereign::search {

struct Token {
  std::uint32_t begin = 0;         ///< Into Tokens::folded.
  std::uint32_t length = 0;        ///< At most limits::term_bytes.
  std::uint32_t source_begin = 0;  ///< Into the text that was cut.
  std::uint32_t source_end = 0;
  /// An overlay is the whole of the words that follow it; it takes no position of its own.
  bool overlay = false;
};

/// Reusable: tokenize() replaces the contents.
struct Tokens {
  std::string folded;
  std::vector<Token> list;

  std::string_view text(const Token& token) const {
    return std::string_view(folded).substr(token.begin, token.length);
  }
};

void tokenize(std::string_view text, TextKind kind, Tokens& out);

}  // namespace sovereign::search
