// From what a client asks to what the index is asked: names to fields, who may see what, pages and
// cursors to positions. Pure decisions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"
#include "registry/discovery/types.hpp"
#include "registry/ids.hpp"
#include "search/query.hpp"

namespace sovereign::registry {

/// Who looks. Everyone sees active agents, and deprecated ones on request; the rest is for their
/// publisher and for administrators.
struct Viewer {
  std::optional<UserId> account;  ///< Nobody, or an agent: none.
  bool is_admin = false;
};

Viewer viewer_of(const http::Request& request);

/// What a list shows: all agents that one may see, or one's own in every status.
enum class Ownership : std::uint8_t { anyone, own };

struct SearchPlan {
  search::Query query;
  std::uint64_t digest = 0;  ///< Of text, filter and order; binds cursors.
  std::int64_t page = 1;
  std::int64_t per_page = 50;
  std::vector<std::string> fields;  ///< Members wanted of each agent; empty: all but the card.
};

/// What goes into a plan beyond the shared query.
struct PlanOptions {
  Viewer viewer;
  Ownership ownership = Ownership::anyone;
  const json::Value* filters = nullptr;  ///< Of POST /discovery/search.
  std::string_view registry_url;         ///< This registry's.
};

/// Errors: `unprocessable` with pointers such as "/cursor"; `unauthenticated` for one's own agents
/// without an account.
Result<SearchPlan> plan_search(const DiscoveryQuery& wire, const PlanOptions& options);

/// `unprocessable` unless all `fields` are members of an agent (or of a search's items).
Result<void> check_fields(const std::vector<std::string>& fields);

}  // namespace sovereign::registry
