// What every engine of the blob store must do; each engine's test instantiates it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "blob/file_io.hpp"
#include "blob/store.hpp"
#include "support/await.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::blob {

inline Key key_of(std::string_view text) { return Key::parse(text).value(); }

inline Content content_of(std::string_view bytes) {
  return {.source = bytes, .size = bytes.size(), .sha256 = crypto::sha256(bytes)};
}

/// `Engine` has `Store& store()`; each object of it starts without objects.
template <typename Engine>
class StoreSuite : public testing::Test {
 protected:
  Result<void> put(std::string_view key, std::string_view bytes) {
    return support::await(engine.store().put(key_of(key), content_of(bytes)));
  }

  /// All bytes, or the error's code in angle brackets.
  std::string get(std::string_view key, std::optional<ByteRange> range = {}) {
    auto reader = support::await(engine.store().get(key_of(key), range));
    if (!reader) return fmt::format("<{}>", base::to_string(reader.error().code));
    return read_all(**reader);
  }

  std::optional<std::uint64_t> size(std::string_view key) {
    const auto size = support::await(engine.store().head(key_of(key)));
    if (!size) throw std::runtime_error(size.error().detail + size.error().context);
    return *size;
  }

  static std::string read_all(Reader& reader) {
    std::string all;
    for (;;) {
      const auto part = support::await(reader.read());
      if (!part) return fmt::format("<{}>", base::to_string(part.error().code));
      if (part->empty()) break;
      all += *part;
    }
    EXPECT_EQ(all.size(), reader.size());
    return all;
  }

  Engine engine;
};

TYPED_TEST_SUITE_P(StoreSuite);

TYPED_TEST_P(StoreSuite, WhatWasPutIsThereWithItsSize) {
  ASSERT_TRUE(this->put("a/b-c_1.txt", "hello"));
  EXPECT_EQ(this->get("a/b-c_1.txt"), "hello");
  EXPECT_EQ(this->size("a/b-c_1.txt"), 5U);
}

TYPED_TEST_P(StoreSuite, WhatWasNotPutIsNotThere) {
  EXPECT_EQ(this->get("a/none"), "<not_found>");
  EXPECT_EQ(this->size("a/none"), std::nullopt);
}

TYPED_TEST_P(StoreSuite, AnEmptyObjectIsAnObject) {
  ASSERT_TRUE(this->put("empty", ""));
  EXPECT_EQ(this->get("empty"), "");
  EXPECT_EQ(this->size("empty"), 0U);
}

TYPED_TEST_P(StoreSuite, APutReplacesWhatWasThere) {
  ASSERT_TRUE(this->put("a", std::string(1000, 'x')));
  ASSERT_TRUE(this->put("a", "new"));
  EXPECT_EQ(this->get("a"), "new");
}

TYPED_TEST_P(StoreSuite, ARangeGivesItsBytes) {
  ASSERT_TRUE(this->put("a", "0123456789"));
  EXPECT_EQ(this->get("a", ByteRange{0, 1}), "0");
  EXPECT_EQ(this->get("a", ByteRange{3, 4}), "3456");
  EXPECT_EQ(this->get("a", ByteRange{9, 1}), "9");
  EXPECT_EQ(this->get("a", ByteRange{0, 10}), "0123456789");
}

TYPED_TEST_P(StoreSuite, ARangeOutsideTheObjectIsAnError) {
  ASSERT_TRUE(this->put("a", "0123456789"));
  EXPECT_EQ(this->get("a", ByteRange{10, 1}), "<unprocessable>");
  EXPECT_EQ(this->get("a", ByteRange{5, 6}), "<unprocessable>");
}

TYPED_TEST_P(StoreSuite, ARemovedObjectIsGoneAndMayBeRemovedAgain) {
  ASSERT_TRUE(this->put("a/b", "x"));
  EXPECT_TRUE(support::await(this->engine.store().remove(key_of("a/b"))));
  EXPECT_EQ(this->get("a/b"), "<not_found>");
  const auto again = support::await(this->engine.store().remove(key_of("a/b")));
  EXPECT_TRUE(again) << again.error().context;
}

TYPED_TEST_P(StoreSuite, ABodyThatIsNotWhatItWasSaidToBeIsNotStored) {
  ASSERT_TRUE(this->put("a", "old"));
  auto content = content_of("altered");
  content.sha256 = crypto::sha256("original");
  const auto stored = support::await(this->engine.store().put(key_of("a"), content));
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, ErrorCode::internal);
  EXPECT_EQ(this->get("a"), "old");
}

TYPED_TEST_P(StoreSuite, AFileOfSeveralBlocksComesBackWhole) {
  std::string bytes;
  while (bytes.size() < 5 * kBlockBytes / 2) bytes += fmt::format("{} ", bytes.size());
  const support::TemporaryFolder folder;
  auto file = std::make_shared<const base::FileDescriptor>(
      ::open(folder.file("source").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_TRUE(write_all(file->get(), bytes));
  const Content content{.source = file, .size = bytes.size(), .sha256 = crypto::sha256(bytes)};
  const auto stored = support::await(this->engine.store().put(key_of("big"), content));
  ASSERT_TRUE(stored) << stored.error().context;
  EXPECT_TRUE(this->get("big") == bytes);
  EXPECT_TRUE(this->get("big", ByteRange{7, 2 * kBlockBytes}) == bytes.substr(7, 2 * kBlockBytes));
}

TYPED_TEST_P(StoreSuite, AStoreThatWorksSaysSo) {
  const auto checked = support::await(this->engine.store().check());
  EXPECT_TRUE(checked) << checked.error().context;
}

REGISTER_TYPED_TEST_SUITE_P(StoreSuite, WhatWasPutIsThereWithItsSize, WhatWasNotPutIsNotThere,
                            AnEmptyObjectIsAnObject, APutReplacesWhatWasThere, ARangeGivesItsBytes,
                            ARangeOutsideTheObjectIsAnError,
                            ARemovedObjectIsGoneAndMayBeRemovedAgain,
                            ABodyThatIsNotWhatItWasSaidToBeIsNotStored,
                            AFileOfSeveralBlocksComesBackWhole, AStoreThatWorksSaysSo);

}  // namespace sovereign::blob
