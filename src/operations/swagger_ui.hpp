// Files that are part of the program: Swagger UI.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sovereign::operations {

struct Asset {
  std::string_view content_type;
  std::string_view bytes;
  std::string_view gzip;  ///< The same, compressed; empty when it is not worth it.
  std::string_view etag;
};

/// How a page gets the token that a browser's session needs to change something.
struct CsrfSource {
  std::string_view path;    ///< GET answers it as the member csrf_token.
  std::string_view header;  ///< What it is sent back in.
};

/// The file of the package served at /docs/<name>, or nullopt.
std::optional<Asset> find_asset(std::string_view name);

/// /docs/start.js: shows the description; with `csrf` what is tried out carries the session's
/// token.
std::string start_script(const std::optional<CsrfSource>& csrf);
inline constexpr std::string_view kScriptType = "text/javascript; charset=utf-8";

/// The page at /docs, and the policy that confines it.
std::string_view documentation_page();
inline constexpr std::string_view kDocumentationPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

}  // namespace sovereign::operations
