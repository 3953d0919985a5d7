// Opening files in folders that somebody else may write to, without ever leaving them.
#pragma once

#include <cstdint>
#include <string>

#include "process/file_descriptor.hpp"

namespace sovereign::core {

/// openat2 with RESOLVE_BENEATH, no symbolic and no magic links; none with errno on failure.
/// O_CLOEXEC is added.
process::FileDescriptor open_beneath(int directory, const std::string& relative,
                                     std::uint64_t flags);

}  // namespace sovereign::core
