#include "operations/swagger_ui.hpp"

#include <fmt/format.h>

namespace sovereign::operations {
namespace {

// The build copies the npm package's files and their gzip forms to where #embed finds them.
constexpr unsigned char kBundle[] = {
#embed "swagger-ui-bundle.js"
};
constexpr unsigned char kBundleGzip[] = {
#embed "swagger-ui-bundle.js.gz"
};
constexpr unsigned char kStyle[] = {
#embed "swagger-ui.css"
};
constexpr unsigned char kStyleGzip[] = {
#embed "swagger-ui.css.gz"
};

constexpr std::string_view kStart = R"(window.ui = SwaggerUIBundle({{
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: false,{}
}});
)";

// The token is asked for each time: a session may have ended in between, or be another one.
constexpr std::string_view kCsrfInterceptor = R"(
  requestInterceptor: async (request) => {{
    const method = (request.method || 'GET').toUpperCase();
    const isOurs = new URL(request.url, location.href).origin === location.origin;
    if (!isOurs || ['GET', 'HEAD', 'OPTIONS'].includes(method)) return request;
    const session = await fetch('{}', {{credentials: 'same-origin'}});
    const token = session.ok ? (await session.json()).csrf_token : undefined;
    if (token) request.headers = {{...request.headers, '{}': token}};
    return request;
  }},)";

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript. The API is described at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
)";

template <std::size_t N>
std::string_view text_of(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}

}  // namespace

std::optional<Asset> find_asset(std::string_view name) {
  // The version of the embedded package is its entity tag.
  if (name == "swagger-ui-bundle.js")
    return Asset{kScriptType, text_of(kBundle), text_of(kBundleGzip), "\"5.35.0\""};
  if (name == "swagger-ui.css") {
    return Asset{"text/css; charset=utf-8", text_of(kStyle), text_of(kStyleGzip), "\"5.35.0\""};
  }
  return std::nullopt;
}

std::string start_script(const std::optional<CsrfSource>& csrf) {
  return fmt::format(
      kStart, csrf ? fmt::format(kCsrfInterceptor, csrf->path, csrf->header) : std::string());
}

std::string_view documentation_page() { return kPage; }

}  // namespace sovereign::operations
