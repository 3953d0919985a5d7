#include "registry/discovery/list_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "http/etag.hpp"

namespace sovereign::registry {
namespace {

/// `query` without its position, ready for another one.
std::string without_position(std::string_view query) {
  std::string kept;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto name = pair.substr(0, pair.find('='));
    if (pair.empty() || name == "page" || name == "cursor") continue;
    kept += pair;
    kept += '&';
  }
  return kept;
}

}  // namespace

std::string_view cache_control_of(const http::Request& request) {
  return request.principal ? "private, no-cache" : "public, max-age=0, must-revalidate";
}

std::string list_etag(const Catalog& catalog, const http::Request& request, TagStrength strength) {
  const Viewer viewer = viewer_of(request);
  std::string asked(request.target);
  if (viewer.account) asked += viewer.account->to_string();
  if (viewer.is_admin) asked += "admin";
  return fmt::format("{}\"{}.{:x}\"", strength == TagStrength::weak ? "W/" : "",
                     catalog.generation_tag(), std::hash<std::string>{}(asked));
}

std::optional<http::Response> not_modified(const http::Request& request, const std::string& etag) {
  const auto known = request.header("If-None-Match");
  if (known.empty() || !http::names_etag(known, etag, http::TagComparison::weak)) {
    return std::nullopt;
  }
  return http::Response{.status = 304, .etag = etag, .cache_control = cache_control_of(request)};
}

http::Response list_response(const http::Request& request, std::string body, std::string etag,
                             const std::optional<std::string>& next_cursor) {
  http::Response response{
      .body = std::move(body), .etag = std::move(etag), .cache_control = cache_control_of(request)};
  if (next_cursor) {
    response.headers.push_back(
        {"Link", fmt::format("<{}?{}cursor={}>; rel=\"next\"", request.path,
                             without_position(request.query), *next_cursor)});
  }
  return response;
}

}  // namespace sovereign::registry
