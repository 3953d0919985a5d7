#include "search/tokenizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/limits.hpp"
#include "search/unicode.hpp"

namespace sovereign::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Overlays in brackets.
std::vector<std::string> cut(std::string_view text, TextKind kind) {
  Tokens tokens;
  tokenize(text, kind, tokens);
  std::vector<std::string> out;
  for (const auto& token : tokens.list) {
    const std::string word(tokens.text(token));
    out.push_back(token.overlay ? "[" + word + "]" : word);
  }
  return out;
}

std::vector<std::string> prose(std::string_view text) { return cut(text, TextKind::prose); }
std::vector<std::string> identifier(std::string_view text) {
  return cut(text, TextKind::identifier);
}

TEST(Tokenizer, CutsProseAtAnythingThatIsNoLetterOrDigit) {
  EXPECT_THAT(prose("Run code, in a (Docker) container!"),
              ElementsAre("run", "code", "in", "a", "docker", "container"));
  EXPECT_THAT(prose(""), IsEmpty());
  EXPECT_THAT(prose(" -- .. \xF0\x9F\x9A\x80 "), IsEmpty());
}

TEST(Tokenizer, LaysTheWholeOverJoinedWords) {
  EXPECT_THAT(identifier("mcp-server-mysql"),
              ElementsAre("[mcpservermysql]", "mcp", "server", "mysql"));
  EXPECT_THAT(prose("real-time data"), ElementsAre("[realtime]", "real", "time", "data"));
}

TEST(Tokenizer, CutsIdentifiersAtHumpsAndDigits) {
  EXPECT_THAT(identifier("OpenWeather"), ElementsAre("[openweather]", "open", "weather"));
  EXPECT_THAT(identifier("MCPServer"), ElementsAre("[mcpserver]", "mcp", "server"));
  EXPECT_THAT(identifier("21st-dev/magic"),
              ElementsAre("[21stdev]", "[21st]", "21", "st", "dev", "magic"));
  EXPECT_THAT(prose("OpenWeather 21st"), ElementsAre("openweather", "21st"));
}

TEST(Tokenizer, FoldsCaseAndAccentsOfEuropeanScripts) {
  EXPECT_THAT(prose("Caf\u00e9 STRA\u00dfE \u0141\u00f3d\u017a"),
              ElementsAre("cafe", "strasse", "lodz"));
  EXPECT_THAT(
      prose("\u0391\u03b8\u03ae\u03bd\u03b1 \u041c\u041e\u0421\u041a\u0412\u0410"),
      ElementsAre("\u03b1\u03b8\u03b7\u03bd\u03b1", "\u043c\u043e\u0441\u043a\u0432\u0430"));
  EXPECT_THAT(prose("cafe\u0301"), ElementsAre("cafe"));
}

TEST(Tokenizer, PairsIdeographs) {
  EXPECT_THAT(prose("\u5929\u6c14\u9884\u62a5"),
              ElementsAre("\u5929\u6c14", "\u6c14\u9884", "\u9884\u62a5"));
  EXPECT_THAT(prose("MCP\u5929 server"), ElementsAre("mcp", "\u5929", "server"));
  EXPECT_THAT(prose("\u5929\u6c14mcp"), ElementsAre("\u5929\u6c14", "mcp"));
}

TEST(Tokenizer, KeepsTheSignsOfLanguageNames) {
  EXPECT_THAT(prose("C++ and C#"), ElementsAre("[c++]", "c", "and", "[c#]", "c"));
  EXPECT_THAT(prose("a+b issue#5"), ElementsAre("[a+]", "a", "b", "issue", "5"));
}

TEST(Tokenizer, DropsThePossessive) {
  EXPECT_THAT(prose("Claude's servers don\u2019t"), ElementsAre("claude", "servers", "dont"));
  EXPECT_THAT(prose("'quoted' it'"), ElementsAre("quoted", "it"));
}

TEST(Tokenizer, TakesBrokenUtf8AsSeparators) {
  EXPECT_THAT(prose("one\xFFtwo\xC3"), ElementsAre("one", "two"));
  EXPECT_THAT(prose("a\xED\xA0\x80"
                    "b"),
              ElementsAre("a", "b"));
}

TEST(Tokenizer, CutsLongWordsAtACharacter) {
  Tokens tokens;
  std::string word;
  while (word.size() < 3 * limits::term_bytes) word += "\u0436";
  tokenize("x" + word, TextKind::prose, tokens);
  ASSERT_EQ(tokens.list.size(), 1U);
  EXPECT_EQ(tokens.list[0].length, limits::term_bytes - 1);
}

TEST(Tokenizer, SaysWhereAWordStoodInTheText) {
  Tokens tokens;
  const std::string text = "see Caf\u00e9-Bar, \u5929\u6c14!";
  tokenize(text, TextKind::prose, tokens);
  std::vector<std::string> written;
  for (const auto& token : tokens.list) {
    written.push_back(text.substr(token.source_begin, token.source_end - token.source_begin));
  }
  EXPECT_THAT(written, ElementsAre("see", "Caf\u00e9-Bar", "Caf\u00e9", "Bar", "\u5929\u6c14"));
}

TEST(Folding, KeepsAccentsOfKeywordsButNotOfNames) {
  EXPECT_EQ(fold_case("\u00c9COLE-1"), "\u00e9cole-1");
  EXPECT_EQ(fold_name("\u00c9cole 1"), "ecole 1");
}

}  // namespace
}  // namespace sovereign::search
