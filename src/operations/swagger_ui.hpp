// Files that are part of the program: Swagger UI.
#pragma once

#include <optional>
#include <string_view>

namespace sovereign::operations {

struct Asset {
  std::string_view content_type;
  std::string_view bytes;
  std::string_view gzip;  ///< The same, compressed; empty when it is not worth it.
  std::string_view etag;
};

/// The file served at /docs/<name>, or nullopt.
std::optional<Asset> find_asset(std::string_view name);

/// The page at /docs, and the policy that confines it.
std::string_view documentation_page();
inline constexpr std::string_view kDocumentationPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace sovereign::operations
