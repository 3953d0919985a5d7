#include "registry/templates/archive.hpp"

#include <zip.h>

#include <cstdint>
#include <memory>

namespace sovereign::registry {
namespace {

// 2020-01-01 00:00:00, as MS-DOS writes it: what zip has keeps neither zone nor year before 1980.
constexpr std::uint16_t kDosTime = 0;
constexpr std::uint16_t kDosDate = ((2020 - 1980) << 9) | (1 << 5) | 1;
constexpr std::uint32_t kRegularFile = 0100000;

struct SourceRelease {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
struct ArchiveDiscard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Source = std::unique_ptr<zip_source_t, SourceRelease>;
using Archive = std::unique_ptr<zip_t, ArchiveDiscard>;

Failure refused() {
  return base::fail(ErrorCode::internal, "The archive could not be made.", "libzip");
}

/// `file.content` must live until the archive is closed.
bool add(zip_t* archive, const ArchiveFile& file) {
  auto* content = zip_source_buffer(archive, file.content.data(), file.content.size(), 0);
  if (content == nullptr) return false;
  const auto index = zip_file_add(archive, file.path.c_str(), content, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(content);
    return false;
  }
  const auto entry = static_cast<zip_uint64_t>(index);
  const std::uint32_t mode = kRegularFile | (file.is_executable ? 0755U : 0644U);
  return zip_file_set_dostime(archive, entry, kDosTime, kDosDate, 0) == 0 &&
         zip_file_set_external_attributes(archive, entry, 0, ZIP_OPSYS_UNIX, mode << 16) == 0;
}

Result<std::string> read_all(zip_source_t* source) {
  zip_stat_t facts;
  if (zip_source_stat(source, &facts) != 0 || zip_source_open(source) != 0) return refused();
  std::string bytes(facts.size, '\0');
  const auto count = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (count < 0 || static_cast<std::size_t>(count) != bytes.size()) return refused();
  return bytes;
}

}  // namespace

Result<std::string> make_zip(std::span<const ArchiveFile> files) {
  const Source target(zip_source_buffer_create(nullptr, 0, 0, nullptr));
  if (!target) return refused();
  Archive archive(zip_open_from_source(target.get(), ZIP_CREATE | ZIP_TRUNCATE, nullptr));
  if (!archive) return refused();
  zip_source_keep(target.get());  // The archive has its own reference; ours is for reading.
  for (const auto& file : files) {
    if (!add(archive.get(), file)) return refused();
  }
  if (zip_close(archive.get()) != 0) return refused();
  (void)archive.release();  // Closed is freed.
  return read_all(target.get());
}

}  // namespace sovereign::registry
