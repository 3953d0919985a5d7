// What lists over HTTP have in common: an entity tag that is known before the search is made, the
// link to the next page, and who may keep the answer.
#pragma once

#include <optional>
#include <string>

#include "http/request.hpp"
#include "http/response.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/discovery/plan.hpp"

namespace sovereign::registry {

/// How far two answers of one tag are alike: to the byte, or but for their timings.
enum class TagStrength : std::uint8_t { strong, weak };

/// Names the answer to this very request in the catalog's present state.
std::string list_etag(const Catalog& catalog, const http::Request& request, TagStrength strength);

/// The 304 to a client that has that answer already.
std::optional<http::Response> not_modified(const http::Request& request, const std::string& etag);

/// A 200 around a list's body, with Link: rel=next when there is a next page.
http::Response list_response(const http::Request& request, std::string body, std::string etag,
                             const std::optional<std::string>& next_cursor);

/// What signed-in callers get is theirs alone.
std::string_view cache_control_of(const http::Request& request);

}  // namespace sovereign::registry
