#include "blob/spool.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "blob/file_io.hpp"
#include "support/await.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::blob {
namespace {

using support::await;

class SpoolTest : public testing::Test {
 protected:
  support::TemporaryFolder folder{"spool"};
  async::WorkerPool pool{{.name = "test", .threads = 1}};
};

TEST_F(SpoolTest, GivesBackWhatWasAppendedWithItsSizeAndDigest) {
  std::string all;
  Spool spool(folder.path() / "spool", pool);
  for (int i = 0; i < 100; ++i) {
    const std::string part(static_cast<std::size_t>(i) * 331, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(await(spool.append(part)));
    all += part;
  }
  const auto spooled = await(spool.finish());
  ASSERT_TRUE(spooled);
  EXPECT_EQ(spooled->size, all.size());
  EXPECT_EQ(spooled->sha256, crypto::sha256(all));
  std::string read(all.size(), '-');
  EXPECT_EQ(read_at(spooled->file->get(), 0, read), all.size());
  EXPECT_EQ(read, all);
}

TEST_F(SpoolTest, AnUploadWithoutABytesIsAnEmptyFile) {
  Spool spool(folder.path(), pool);
  const auto spooled = await(spool.finish());
  ASSERT_TRUE(spooled);
  EXPECT_EQ(spooled->size, 0U);
  EXPECT_EQ(spooled->sha256, crypto::sha256(""));
}

TEST_F(SpoolTest, LeavesNoNameBehind) {
  Spool spool(folder.path(), pool);
  ASSERT_TRUE(await(spool.append(std::string(2 * kBlockBytes, 'x'))));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(SpoolTest, AFolderThatCannotBeMadeIsUnavailable) {
  Spool spool("/proc/no-such-folder/spool", pool);
  const auto spooled = await(spool.finish());
  ASSERT_FALSE(spooled);
  EXPECT_EQ(spooled.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace sovereign::blob
