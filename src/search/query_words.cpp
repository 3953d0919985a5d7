#include "search/query_words.hpp"

#include <algorithm>
#include <array>

#include "search/limits.hpp"
#include "search/tokenizer.hpp"

namespace sovereign::search {
namespace {

constexpr std::array<std::string_view, 92> stop_words = {
    "a",      "about", "all",    "also",  "am",   "an",    "and",   "any",  "are",   "as",
    "at",     "be",    "been",   "but",   "by",   "can",   "could", "did",  "do",    "does",
    "for",    "from",  "had",    "has",   "have", "he",    "her",   "his",  "how",   "i",
    "id",     "if",    "im",     "in",    "into", "is",    "it",    "its",  "ive",   "just",
    "like",   "lets",  "me",     "my",    "no",   "not",   "of",    "on",   "or",    "our",
    "please", "she",   "should", "so",    "some", "such",  "than",  "that", "the",   "their",
    "them",   "then",  "there",  "these", "they", "this",  "those", "to",   "too",   "us",
    "using",  "via",   "want",   "was",   "we",   "were",  "what",  "when", "where", "which",
    "while",  "who",   "why",    "will",  "with", "would", "you",   "your", "youre", "yours",
    "need",   "needs"};

std::vector<std::string> parts_of(std::string_view written) {
  Tokens tokens;
  tokenize(written, TextKind::identifier, tokens);
  std::vector<std::string> parts;
  for (const Token& token : tokens.list) {
    if (!token.overlay) parts.emplace_back(tokens.text(token));
  }
  if (parts.size() < 2) parts.clear();
  return parts;
}

}  // namespace

bool is_stop_word(std::string_view word) {
  static const auto sorted = [] {
    auto words = stop_words;
    std::ranges::sort(words);
    return words;
  }();
  return std::ranges::binary_search(sorted, word);
}

std::vector<QueryWord> query_words(std::string_view text) {
  Tokens tokens;
  tokenize(text, TextKind::prose, tokens);
  std::vector<QueryWord> words;
  std::uint32_t position = 0;
  for (std::size_t i = 0; i < tokens.list.size(); ++i) {
    const Token& token = tokens.list[i];
    if (token.overlay) {
      // A word with signs ("c++") lies over itself without them; other overlays over several words.
      const Token& covered = tokens.list[i + 1];
      if (covered.source_end != token.source_end) continue;
      ++i;
    }
    QueryWord word{.folded = std::string(tokens.text(token)),
                   .written = {},
                   .position = position++,
                   .last = token.source_end == text.size(),
                   .parts = {}};
    word.written = text.substr(token.source_begin, token.source_end - token.source_begin);
    if (!token.overlay) word.parts = parts_of(word.written);
    if (std::ranges::find(words, word.folded, &QueryWord::folded) == words.end()) {
      words.push_back(std::move(word));
    }
  }
  const auto stops = [](const QueryWord& word) { return is_stop_word(word.folded); };
  if (!std::ranges::all_of(words, stops)) std::erase_if(words, stops);
  if (words.size() > limits::query_words) words.resize(limits::query_words);
  return words;
}

}  // namespace sovereign::search
