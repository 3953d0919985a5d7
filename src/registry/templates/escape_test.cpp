#include "registry/templates/escape.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry::escape {
namespace {

// U+202E turns the text after it around; U+E0001 is a tag character beyond 16 bits.
constexpr const char* kReversed = "a\u202e\U000e0001";

TEST(Escape, ElixirTextCannotLeaveItsLiteralOrInterpolate) {
  EXPECT_EQ(elixir(R"(a"b\c#{d})"), R"("a\"b\\c\#{d}")");
  EXPECT_EQ(elixir("a\nb"), R"("a\u{a}b")");
  EXPECT_EQ(elixir(kReversed), R"("a\u{202e}\u{e0001}")");
}

TEST(Escape, JsonTextIsAsciiSafeWhereItIsNotSeen) {
  EXPECT_EQ(json(R"(a"b\c)"), R"("a\"b\\c")");
  EXPECT_EQ(json("\n\x1f"), R"("\u000a\u001f")");
  EXPECT_EQ(json(kReversed), R"("a\u202e\udb40\udc01")");
  EXPECT_EQ(json("käse 🧀"), "\"käse 🧀\"");
}

TEST(Escape, PythonAndTomlTextUsesLongEscapesBeyondSixteenBits) {
  EXPECT_EQ(python("\"\"\"\\\n"), R"("\"\"\"\\\u000a")");
  EXPECT_EQ(python(kReversed), R"("a\u202e\U000e0001")");
  EXPECT_EQ(toml("'''\"\t"), R"("'''\"\u0009")");
}

TEST(Escape, DockerfileTextStaysOnItsLineWithoutSubstitution) {
  EXPECT_EQ(dockerfile("a\" b=$HOME ${X}\\\nRUN id"), R"("a\" b=\$HOME \${X}\\ RUN id")");
}

TEST(Escape, ShellTextIsOneWordWithoutExpansion) {
  EXPECT_EQ(shell("a'b$(id)`id`\""), R"('a'\''b$(id)`id`"')");
  EXPECT_EQ(shell(""), "''");
}

TEST(Escape, MarkdownTextHasNoMarkupAndStaysOnItsLine) {
  EXPECT_EQ(markdown("<b>*x*</b> [l](u)"), R"(\<b\>\*x\*\<\/b\> \[l\]\(u\))");
  EXPECT_EQ(markdown("  a\n\n# b  "), R"(a \# b)");
}

TEST(Escape, WordsAreLettersDigitsDotsAndDashes) {
  EXPECT_EQ(word("Weather_Agent-1.0"), "Weather_Agent-1.0");
  EXPECT_FALSE(word(""));
  EXPECT_FALSE(word("a b"));
  EXPECT_FALSE(word("a/b"));
  EXPECT_FALSE(word("ä"));
}

}  // namespace
}  // namespace sovereign::registry::escape
