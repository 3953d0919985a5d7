#include "ipc/frame_decoder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/protocol_fixtures.hpp"

namespace sovereign::ipc {
namespace {

using ::testing::ElementsAre;

std::string framed(std::string_view content) {
  const std::size_t size = content.size();
  std::string frame{static_cast<char>(size >> 24 & 0xff), static_cast<char>(size >> 16 & 0xff),
                    static_cast<char>(size >> 8 & 0xff), static_cast<char>(size & 0xff)};
  return frame.append(content);
}

/// Feeds `bytes` in portions and collects frames; ends with "!" and the error.
std::vector<std::string> decode(FrameDecoder& decoder, std::string_view bytes,
                                std::size_t portion) {
  std::vector<std::string> frames;
  while (!bytes.empty()) {
    const auto space = decoder.space();
    const std::size_t size = std::min({portion, bytes.size(), space.size()});
    std::ranges::copy(bytes.substr(0, size), space.begin());
    decoder.commit(size);
    bytes.remove_prefix(size);
    for (;;) {
      const auto frame = decoder.next();
      if (!frame) {
        frames.emplace_back(frame.error() == FrameError::empty ? "!empty" : "!too large");
        return frames;
      }
      if (!*frame) break;
      frames.emplace_back(**frame);
    }
  }
  return frames;
}

TEST(FrameDecoder, frames_come_out_whole_however_the_bytes_come_in) {
  const std::string bytes = framed("one") + framed("two") + framed(std::string(40'000, 'x'));
  for (const std::size_t portion : {1, 2, 3, 5, 7, 100, 16'384, 100'000}) {
    FrameDecoder decoder(50'000);
    EXPECT_THAT(decode(decoder, bytes, portion),
                ElementsAre("one", "two", std::string(40'000, 'x')))
        << portion;
    EXPECT_FALSE(decoder.is_within_frame());
  }
}

TEST(FrameDecoder, a_length_of_zero_is_refused) {
  FrameDecoder decoder(100);
  EXPECT_THAT(decode(decoder, framed("a") + std::string(4, '\0'), 1), ElementsAre("a", "!empty"));
}

TEST(FrameDecoder, the_limit_is_the_largest_frame_and_one_byte_more_is_refused_by_its_length) {
  FrameDecoder fits(100);
  EXPECT_THAT(decode(fits, framed(std::string(100, 'a')), 8), ElementsAre(std::string(100, 'a')));
  FrameDecoder refuses(100);
  EXPECT_THAT(decode(refuses, framed(std::string(101, 'a')).substr(0, 4), 4),
              ElementsAre("!too large"));
  FrameDecoder highest(100);
  EXPECT_THAT(decode(highest, "\xff\xff\xff\xff", 4), ElementsAre("!too large"));
}

TEST(FrameDecoder, memory_follows_what_came_not_what_was_announced) {
  FrameDecoder decoder(64 * 1024 * 1024);
  const std::string announced("\x03\xff\xff\xff", 4);
  decode(decoder, announced + "some", 8);
  EXPECT_TRUE(decoder.is_within_frame());
  EXPECT_LE(decoder.space().size(), 64U * 1024);
  EXPECT_LE(decoder.capacity(), 64U * 1024);
}

TEST(FrameDecoder, memory_of_a_large_frame_is_given_back) {
  FrameDecoder decoder(8 * 1024 * 1024);
  decode(decoder, framed(std::string(4 * 1024 * 1024, 'x')), 64 * 1024);
  EXPECT_GT(decoder.capacity(), 4U * 1024 * 1024);
  decoder.space();
  EXPECT_LE(decoder.capacity(), 64U * 1024);
}

TEST(FrameDecoder, the_shared_fixtures_come_out_as_their_names_say) {
  for (const auto& fixture : support::protocol_fixtures("frames")) {
    for (const std::size_t portion : {1, 3, 4096}) {
      FrameDecoder decoder(4 * 1024 * 1024);
      const auto frames = decode(decoder, fixture.content, portion);
      const std::string last = frames.empty() ? "" : frames.back();
      const std::string outcome = last == "!empty"            ? "empty"
                                  : last == "!too large"      ? "too_large"
                                  : decoder.is_within_frame() ? "incomplete"
                                                              : "good";
      const std::size_t whole = frames.size() - (outcome == "empty" || outcome == "too_large");
      EXPECT_TRUE(fixture.name.starts_with(outcome + "-" + std::to_string(whole) + "-"))
          << fixture.name << ": " << outcome << " after " << whole;
    }
  }
}

}  // namespace
}  // namespace sovereign::ipc
