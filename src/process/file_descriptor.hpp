// An owned file descriptor, under the name that this folder uses.
#pragma once

#include "base/file_descriptor.hpp"

namespace sovereign::process {

using base::FileDescriptor;

}  // namespace sovereign::process
