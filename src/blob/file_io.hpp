// Whole reads and writes of open files, for the engines and the spool. They block.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/file_descriptor.hpp"
#include "blob/types.hpp"

namespace sovereign::blob {

/// How much is read or written at once: few system calls, little memory.
inline constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;

/// What an environment failure of files is: `unavailable`, with errno's meaning in the context.
Failure file_trouble(std::string_view action, const std::filesystem::path& path);

Result<void> write_all(int descriptor, std::string_view bytes);

/// Fills `buffer` from `offset`; fewer bytes only at the file's end.
Result<std::size_t> read_at(int descriptor, std::uint64_t offset, std::string& buffer);

/// Gives `visit` the bytes of a source from `offset` on, block by block. Error: `internal` when the
/// source is shorter, and what `visit` returns.
Result<void> for_each_block(const Source& source, std::uint64_t offset, std::uint64_t size,
                            const std::function<Result<void>(std::string_view)>& visit);

/// Makes the name of a new or moved file durable.
Result<void> sync_folder(const std::filesystem::path& folder);

/// Makes `folder` and its missing parents, mode 0700, durably.
Result<void> make_folders(const std::filesystem::path& folder);

}  // namespace sovereign::blob
