#include "core/launcher/log_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace sovereign::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LineSplitter, JoinsLinesThatComeInPieces) {
  LineSplitter splitter;
  EXPECT_THAT(splitter.feed("one\ntw"), ElementsAre("one"));
  EXPECT_THAT(splitter.feed("o\r\n\nthree"), ElementsAre("two", ""));
  EXPECT_EQ(splitter.finish(), "three");
  EXPECT_EQ(splitter.finish(), std::nullopt);
}

TEST(LineSplitter, DropsTheRestOfAnEndlessLine) {
  LineSplitter splitter;
  for (int i = 0; i < 100; ++i) EXPECT_THAT(splitter.feed(std::string(1000, 'x')), IsEmpty());
  const auto lines = splitter.feed("tail\nnext\n");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], std::string(kLogLineRead, 'x'));
  EXPECT_EQ(lines[1], "next");
}

TEST(Storable, ReplacesWhatIsNoTextAndKeepsColours) {
  EXPECT_EQ(storable("a\xFF\tb\x1b[1mc\x01"), "a\xEF\xBF\xBD\tb\x1b[1mc\xEF\xBF\xBD");
  EXPECT_EQ(storable("cut \xE2\x82"), "cut \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Storable, CutsAtACharacter) {
  std::string text(kLogLineStored - 1, 'x');
  text += "\xE2\x82\xAC";
  EXPECT_EQ(storable(text), std::string(kLogLineStored - 1, 'x'));
}

TEST(LogLineText, ReadsBackWhatItWrites) {
  const LogLine line{.at = base::Timestamp(std::chrono::milliseconds(1'750'000'000'123)),
                     .stream = LogStream::errors,
                     .text = "a  b stdout "};
  const std::string text = format_line(line);
  EXPECT_EQ(text, "2025-06-15T15:06:40.123000Z stderr a  b stdout \n");
  EXPECT_EQ(parse_line(text.substr(0, text.size() - 1)), line);
  EXPECT_EQ(parse_line("no line"), std::nullopt);
  EXPECT_EQ(parse_line("2025-06-15T15:06:40Z stdin x"), std::nullopt);
}

}  // namespace
}  // namespace sovereign::core
