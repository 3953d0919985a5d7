#include "registry/templates/archive.hpp"

#include <gtest/gtest.h>
#include <zip.h>

#include <cstdlib>
#include <map>
#include <vector>

namespace sovereign::registry {
namespace {

struct Entry {
  std::string content;
  unsigned mode = 0;
};

std::map<std::string, Entry> unpack(const std::string& bytes) {
  auto* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, nullptr);
  auto* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, nullptr);
  std::map<std::string, Entry> entries;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t facts;
    zip_stat_index(archive, index, 0, &facts);
    auto& entry = entries[facts.name];
    entry.content.resize(facts.size);
    auto* file = zip_fopen_index(archive, index, 0);
    EXPECT_EQ(zip_fread(file, entry.content.data(), facts.size),
              static_cast<zip_int64_t>(facts.size));
    zip_fclose(file);
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    zip_file_get_external_attributes(archive, index, 0, &system, &attributes);
    entry.mode = attributes >> 16;
  }
  zip_discard(archive);
  return entries;
}

const std::vector<ArchiveFile> kFiles = {
    {"p/README.md", std::string(5000, 'x')}, {"p/run.sh", "#!/bin/sh\n", true}, {"p/ä.txt", "ä"}};

TEST(Archive, HoldsTheFilesWithTheirModes) {
  const auto bytes = make_zip(kFiles);
  ASSERT_TRUE(bytes);
  auto entries = unpack(*bytes);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries["p/README.md"].content, kFiles[0].content);
  EXPECT_EQ(entries["p/README.md"].mode, 0100644U);
  EXPECT_EQ(entries["p/run.sh"].mode, 0100755U);
  EXPECT_EQ(entries["p/ä.txt"].content, "ä");
  EXPECT_LT(bytes->size(), 2000U);
}

TEST(Archive, IsTheSameInEveryTimeZone) {
  const auto here = make_zip(kFiles);
  const char* zone = std::getenv("TZ");
  const std::string before = zone == nullptr ? "" : zone;
  setenv("TZ", "Asia/Kathmandu", 1);
  tzset();
  const auto there = make_zip(kFiles);
  before.empty() ? unsetenv("TZ") : setenv("TZ", before.c_str(), 1);
  tzset();
  ASSERT_TRUE(here && there);
  EXPECT_EQ(*here, *there);
}

TEST(Archive, RefusesAPathTwice) {
  EXPECT_FALSE(make_zip(std::vector<ArchiveFile>{{"a", "1"}, {"a", "2"}}));
}

}  // namespace
}  // namespace sovereign::registry
