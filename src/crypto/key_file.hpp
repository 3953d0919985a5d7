// Secret keys in files of their own.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/error.hpp"
#include "base/random.hpp"

namespace sovereign::crypto {

/// The key in the file at `path`: its text without a final line break. When there is no file, one
/// is made with mode 0600 that holds `bytes` random bytes in base64url; of several programs that
/// start at once, all get the same key. The folder must exist. Errors (`unavailable`, the detail
/// names the file and what to do): a symbolic link or not a regular file, of another user,
/// accessible to group or others, shorter than `bytes` characters, not readable or not writable.
Result<std::string> load_or_create_key(const std::filesystem::path& path, std::size_t bytes,
                                       base::Random& random);

/// Puts a new key, made as above, in place of the file: whoever reads finds the old key or the new
/// one, also after a crash. Errors (`unavailable`): the file cannot be written.
Result<std::string> replace_key(const std::filesystem::path& path, std::size_t bytes,
                                base::Random& random);

}  // namespace sovereign::crypto
