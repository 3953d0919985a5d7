// The bounds that all engines keep alike.
#pragma once

#include "cache/cache.hpp"

namespace sovereign::cache {

/// Error: too_large.
inline Result<void> check_size(std::string_view key, std::string_view value = {}) {
  if (key.size() <= kMaxKeyBytes && value.size() <= kMaxValueBytes) return {};
  return base::fail(ErrorCode::too_large, "This is too large to be cached.");
}

}  // namespace sovereign::cache
